"""Which sequences and fields a message that we write has, in which order, and which of them must be there. What we read is not judged so.

Source: ISO 15022 User Handbook, format specifications of MT535 and MT564 to MT567, release 2022, in a notation of our own:
`22F:CAEV` a field with tag and qualifier, `98:PREP` with any letter of tag 98, `GENL` a sequence, `[…]` optional, `*` any number, `+` at
least one. Fields of one tag number that follow each other may come in any order.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from domain.messages.formats import FORMATS
from domain.messages.tree import Message, Node
from domain.records import RecordError

_LINK = "[22F:LINK] [13:LINK] 20C"
_ATTRIBUTES = "[94]* [22]* [12]* [11A:DENO] [98A]* [90]* [92]* [13]* [17B]* [36]* [35B]* [70E]"
_BALANCE_LINES = "[93]*"
_GRAMMARS: Mapping[str, Mapping[str, str]] = {
    "564": {
        "": "GENL USECU [INTSEC] [CADETL] [CAOPTN]* [ADDINFO]",
        "GENL": "[28E] 20C:CORP 20C:SEME [20C:COAF] 23G 22F:CAEV 22F:CAMV [22F:EVPC] [98:PREP] 25D:PROC [LINK]*",
        "LINK": _LINK,
        "USECU": "35B [FIA] ACCTINFO+",
        "FIA": _ATTRIBUTES,
        "ACCTINFO": f"[95] 97:SAFE [94:SAFE] {_BALANCE_LINES}",
        "INTSEC": "35B [36] [93]* [22]* [92D:RTUN] [90B:MRKT] 98:POST 98:EXPI [69:TRDP]",
        "CADETL": "[98]* [69]* [99A:DAAC] [92]* [90]* [36]* [13]* [17B]* [22F]* [94E]* [70]*",
        "CAOPTN": "13A:CAON 22F:CAOP [22F]* [94C]* [11A:OPTN] 17B:DFLT [17B]* [35B] [98]* [69]* [92]* [90]* [36]* [SECMOVE]*"
        " [CASHMOVE]* [70]*",
        "SECMOVE": "22H:CRDB [22]* 35B [FIA] [36]* [94]* [22F:DISF] [11A:OPTN] [69:TRDP] [90]* [92]* 98:PAYD [98]*",
        "CASHMOVE": "22H:CRDB [22]* [94C:COIN] [97] [19B]* 98:PAYD [98]* [92]* [90]*",
        "ADDINFO": "[70]* [95]*",
    },
    "535": {
        "": "GENL [SUBSAFE]* [ADDINFO]*",
        "GENL": "28E [13] 20C:SEME 23G [98:PREP] 98:STAT 22F:SFRE 22F:CODE 22F:STTY 22F:STBA [LINK]* [95]* 97:SAFE 17B:ACTI 17B:CONS"
        " [17B]*",
        "LINK": _LINK,
        "SUBSAFE": "[95]* [97:SAFE] [94:SAFE]* [17B:ACTI] [FIN]*",
        "FIN": "35B [FIA] [22H] [90] [94B] [98] 93:AGGR [93]* [SUBBAL]* [99A] [19A]* [92B] [70E]",
        "FIA": _ATTRIBUTES,
        "SUBBAL": "93+ [22] [94]* [90] [98] [99A] [19A]* [92B] [70C]",
        "ADDINFO": "[95]* [19A]* [70]",
    },
    "565": {
        "": "GENL USECU CAINST [ADDINFO]",
        "GENL": "20C:CORP 20C:SEME [20C:COAF] 23G 22F:CAEV [98:PREP] [LINK]*",
        "LINK": _LINK,
        "USECU": "[35B] [FIA]* ACCTINFO",
        "FIA": _ATTRIBUTES,
        "ACCTINFO": f"[95] [97:SAFE] [94:SAFE] {_BALANCE_LINES}",
        "CAINST": "13A:CAON 22:CAOP [22F]* [11A]* [35B] [36]* [19B] [98] [92]* [90]* [20D] [17B] [70]*",
        "ADDINFO": "[70]* [95]*",
    },
    "567": {
        "": "GENL [CADETL] [ADDINFO]",
        "GENL": "20C:CORP 20C:SEME [20C:COAF] 23G 22F:CAEV [98:PREP] [LINK]* STAT+",
        "LINK": "[13:LINK] 20C",
        "STAT": "25D [REAS]*",
        "REAS": "24B [70D]",
        "CADETL": "[13A:CAON] [22]* [95] [97]* [94] [35B] [36]* [19B]* [93]* [17B]",
        "ADDINFO": "[70]* [95]*",
    },
    "566": {
        "": "GENL USECU [CADETL] CACONF [ADDINFO]",
        "GENL": "20C:CORP 20C:SEME [20C:COAF] 23G 22F:CAEV [98:PREP] [LINK]*",
        "LINK": _LINK,
        "USECU": f"[95] 97:SAFE [94:SAFE] 35B [FIA]* {_BALANCE_LINES}",
        "FIA": _ATTRIBUTES,
        "CADETL": "[98]* [69]* [99A:DAAC] [92]* [90]* [36]* [13]* [17B]* [22F]*",
        "CACONF": "13A:CAON 22:CAOP [22F]* [11A:OPTN] [98]* [69]* [92]* [90]* [94B:TRAD] [SECMOVE]* [CASHMOVE]*",
        "SECMOVE": "22H:CRDB [22]* 35B [FIA] [36]* [94]* [22F:DISF] [11A:OPTN] [90]* [92]* 98:POST [98]* [RECDEL]*",
        "RECDEL": "95+ [97] [20C]",
        "CASHMOVE": "22H:CRDB [22]* [94C:COIN] [97]* [CSHPRTY]* 19B:PSTA [19B]* 98:POST [98]* [92]* [90]* [TAXVODET]",
        "CSHPRTY": "95+ [97] [20C]",
        "TAXVODET": "20C [98]*",
        "ADDINFO": "[70]* [95]*",
    },
}
_ITEM = re.compile(
    r"(?P<open>\[)?(?P<name>[A-Z][A-Z0-9]+|[0-9]{2}[A-Z]?)(?::(?P<qualifier>[A-Z0-9]{4}))?\]?(?P<many>[*+]?)\Z"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    qualifier: str
    mandatory: bool
    many: bool

    def fits(self, item: Node) -> bool:
        if not item.is_leaf:
            return item.name == self.name
        return item.name.startswith(self.name) and self.qualifier in ("", item.qualifier)

    @property
    def step(self) -> str:
        """What one place in the order holds: a sequence, or the fields of one tag number."""
        return self.name if self.name[0].isalpha() else self.name[:2]


def check_structure(message: Message) -> None:
    """Raise RecordError that names the first sequence or field that is missing, unknown, repeated, out of order or of another format."""
    _check(message.root, _GRAMMARS[message.kind.removeprefix("MT")])


def _check(sequence: Node, grammar: Mapping[str, str]) -> None:
    rules = _rules(grammar[sequence.name])
    _check_order(sequence, rules)
    for rule in rules:
        fitting = [item for item in sequence.children if rule.fits(item)]
        if rule.mandatory and not fitting:
            kind = "sequence" if rule.name[0].isalpha() else "field"
            name = f"{rule.name} {rule.qualifier}".strip()
            raise RecordError(f"missing_{kind}", sequence.place(name), f"the message must have this {kind}")
        if not rule.many and len(fitting) > 1:
            raise fitting[1].fail("repeated_field", f"there are {len(fitting)}, where one is expected")
    for item in sequence.children:
        if not item.is_leaf:
            _check(item, grammar)
        elif item.parts is None:
            raise item.fail("invalid_format", f"{item.text[:60]!r} is not of the format {FORMATS[item.name][0]}")


def _check_order(sequence: Node, rules: Sequence[_Rule]) -> None:
    steps = [rule.step for index, rule in enumerate(rules) if index == 0 or rules[index - 1].step != rule.step]
    reached = 0
    for item in sequence.children:
        kind, step = ("field", item.name[:2]) if item.is_leaf else ("sequence", item.name)
        if step not in steps:
            raise item.fail(f"unknown_{kind}", f"{sequence.name or 'the message'} has no such {kind}")
        if step not in steps[reached:]:
            raise item.fail("out_of_order", f"it stands before {steps[reached]} in the published structure")
        reached = steps.index(step, reached)


@cache
def _rules(text: str) -> tuple[_Rule, ...]:
    rules = []
    for token in text.split():
        item = _ITEM.match(token)
        assert item is not None, token
        many = item["many"] != ""
        rules.append(_Rule(item["name"], item["qualifier"] or "", item["open"] is None, many))
    return tuple(rules)
