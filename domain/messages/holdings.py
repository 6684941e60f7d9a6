"""MT535 and semt.002: a statement of holdings becomes, for each security at each place, one position and one statement record.

The sub-balances break down the aggregate balance (AGGR), which is AVAI and NAVL together. So a balance on loan has left the aggregate's
settled part, a borrowed one is in it, and what is pending is in neither (domain rules, "Eligibility and time"). Of the bases (22F STBA)
only SETT states settled quantities: another basis, or none, gives a statement alone.
Source: ISO 15022 User Handbook, MT535; ISO 20022 message definition semt.002, versions 2 to 11.
"""

from collections.abc import Iterator, Sequence

from domain.messages import forms
from domain.messages.draft import Added, Draft
from domain.messages.preparation import order_of
from domain.messages.table import Part, Row, Scope, read_parts
from domain.messages.tree import Message
from domain.numbers.exact import EXACT, parse_decimal, plain
from domain.records import RecordError

_PARTS = {
    "PENR": "pending_receipt_quantity",
    "PEND": "pending_delivery_quantity",
    "LOAN": "on_loan_quantity",
    "BORR": "borrowed_quantity",
}
PLACE = (
    Row("safekeeping_place", forms.bic_or_place, "94a SAFE", "SfkpgPlcFrmt/TpAndId/Id | SfkpgPlc/TpAndId/Id"),
    Row("safekeeping_place", forms.text, xml="SfkpgPlcFrmt/Ctry | SfkpgPlcFrmt/Id/Id | SfkpgPlcFrmt/Prtry/Id"),
    Row("safekeeping_place", forms.text, xml="SfkpgPlc/Ctry | SfkpgPlc/Id/Id | SfkpgPlc/Prtry/Id"),
    Row("", forms.own, xml="TpAndId/SfkpgPlcTp"),
    Row("place_lei", forms.text, xml="SfkpgPlc/LEI | SfkpgPlcFrmt/LEI"),
)
_BALANCES = (
    Row("aggregate", forms.quantity, "93a AGGR", "AggtBal"),
    Row("available", forms.quantity, "93a AVAI", "AvlblBal"),
    Row("not_available", forms.quantity, "93a NAVL", "NotAvlblBal"),
)
_INSIDE = {
    "SUBBAL": "balance",
    "BalBrkdwn": "balance",
    "FIA": "beside",
    "FinInstrmAttrbts": "beside",
    "BREAK": "beside",
}
TABLE = {
    "": Scope(
        (
            Row("function", forms.text, "GENL/23G"),
            Row("", forms.own, "GENL/20C SEME | GENL/13A STAT", "AppHdr/BizMsgIdr | StmtGnlDtls/StmtId"),
            Row("", forms.own, "GENL/28E", "Pgntn/PgNb | Pgntn/LastPgInd"),
            Row("", forms.own, "GENL/22F SFRE | GENL/22F CODE", "StmtGnlDtls/Frqcy | StmtGnlDtls/UpdTp"),
            Row("", forms.own, "GENL/22F STTY", "StmtGnlDtls/StmtTp"),
            Row("", forms.own, "GENL/17B ACTI | GENL/17B CONS", "StmtGnlDtls/ActvtyInd | StmtGnlDtls/SubAcctInd"),
            Row("prepared_at", forms.instant_or_day, "GENL/98a PREP", "AppHdr/CreDt"),
            Row("as_of_date", forms.day, "GENL/98a STAT", "StmtGnlDtls/StmtDtTm"),
            Row("basis", forms.code, "GENL/22F STBA", "StmtGnlDtls/StmtBsis"),
            Row("source", forms.bic_or_place, xml="AcctSvcr/Id/AnyBIC | AcctSvcr/AnyBIC | AcctSvcr/Id/BICOrBEI"),
            Row("safekeeping_account", forms.account, "GENL/97a SAFE", "SfkpgAcct/Id"),
        ),
        {
            **{"LINK": "beside", "SUBSAFE": "holder", "SubAcctDtls": "holder", "FIN": "holding", "BalForAcct": "holding"},
            **{"ADDINFO": "beside", "AcctBaseCcyTtlAmts": "beside"},
        },
        frozenset({"GENL"}),
    ),
    "holder": Scope(
        (
            Row("safekeeping_account", forms.account, "97a SAFE", "SfkpgAcct/Id"),
            *PLACE,
            Row("", forms.own, "17B ACTI", "ActvtyInd"),
        ),
        {"FIN": "holding", "BalForSubAcct": "holding"},
    ),
    "holding": Scope(
        (Row("isin", forms.isin, "35B", "FinInstrmId/ISIN"), *_BALANCES, *PLACE),
        {**_INSIDE, "BalAtSfkpgPlc": "at_place"},
    ),
    "at_place": Scope((*_BALANCES, *PLACE), _INSIDE),
    "balance": Scope(
        (
            *(Row(code, forms.added_quantity, f"93a {code}") for code in _PARTS),
            Row("kind", forms.code, xml="SubBalTp"),
            Row("quantity", forms.quantity, xml="BalBrkdwn/Qty | Qty"),
            *PLACE,
        ),
        {"BREAK": "beside", "AddtlBalBrkdwnDtls": "beside"},
    ),
    "beside": Scope(),
}  # fmt: skip


def read_holdings(message: Message) -> list[Draft]:
    """Return position and statement records, in the message's order. Raises RecordError, so for a statement that lists nothing."""
    general = read_parts(message, TABLE)
    if (said := general.get("function") or "NEWM") != "NEWM":
        raise RecordError("unsupported_function", general.place("function"), f"{said[:10]} states nothing: NEWM does")
    common = Draft()
    common.take(general.draft, ("as_of_date", "source", "basis"))
    if "source" not in common.raw and message.sender:
        common.put("source", message.sender, message.sender_at)
    if (prepared := general.get("prepared_at")) is not None:
        common.put("sequence", order_of(prepared, general.place("prepared_at")), general.place("prepared_at"))
    drafts: list[Draft] = []
    for holders in _holdings(general):
        drafts += _records(common, holders)
    if not drafts:
        at = general.node.place("GENL/17B ACTI" if message.is_fin else "BalForAcct")
        raise RecordError("nothing_stated", at, "the statement lists no holding, so there is nothing to record")
    general.need("as_of_date")
    _put_unread(general, drafts[0])
    return drafts


def _put_unread(general: Part, first: Draft) -> None:
    """Put what the statement says beside its holdings into its first record."""
    own = [*general.unread, *(entry for part in general.all("beside") for entry in part.unread)]
    first.used = [leaf.path for part in general.whole() for leaf in part.used]
    if own:
        first.raw["unread"] = [*own, *first.raw.get("unread", [])]


def _holdings(general: Part) -> Iterator[list[Part]]:
    """Yield each holding after the parts that it stands in, outermost first."""
    for part in general.parts:
        if part.scope_name == "holding":
            yield [general, part]
        if part.scope_name == "holder":
            yield from ([general, part, holding] for holding in part.all("holding"))


def _records(common: Draft, holders: list[Part]) -> Iterator[Draft]:
    """Yield the records of one security: at one place, or of each place over which it is split."""
    *outer, holding = holders
    holding.need("isin")
    split = holding.all("at_place")
    is_first = len(outer) == 2 and outer[1].all("holding")[0] is holding
    beside = [*(outer[1:] if is_first else ()), holding]
    for part in split or [holding]:
        records = _of_place(common, [*holders, part] if split else holders)
        for own in [*beside, part] if split else beside:
            _keep_beside(records[0], own)
        beside = []
        yield from records


def _keep_beside(record: Draft, part: Part) -> None:
    inner = [own for balance in part.parts if balance.scope_name in ("balance", "beside") for own in balance.whole()]
    if unread := [entry for own in (part, *inner) for entry in own.unread]:
        record.raw["unread"] = [*record.raw.get("unread", []), *unread]


def _of_place(common: Draft, holders: list[Part]) -> list[Draft]:
    """Return the position of one place, and the statement where the message splits the aggregate.

    A balance that is not settled, or of no stated place, is no position: nothing of it counts for an event. It is a statement alone, which
    is reconciled.
    """
    part, held = holders[-1], Draft()
    account = next((holder for holder in reversed(holders) if "safekeeping_account" in holder.draft.raw), holders[0])
    account.need("safekeeping_account")
    held.take(account.draft, ("safekeeping_account",))
    held.take(next(holder for holder in holders if holder.scope_name == "holding").draft, ("isin",))
    place, at = place_of(holders[1:])
    held.put("safekeeping_place", place, at)
    held.take(common)
    part.need("aggregate")
    is_position = common.raw.get("basis") == "SETT" and place is not None
    is_split = "available" in part.draft.raw or "not_available" in part.draft.raw
    return [
        *([_position(held, part, place)] if is_position else ()),
        *([_statement(held, part)] if is_split or not is_position else ()),
    ]


def place_of(holders: Sequence[Part]) -> tuple[str | None, str]:
    """Return the place of the innermost part that names one, and where; None without one. Raises RecordError for a form that says none."""
    for holder in reversed(holders):
        if holder.says("safekeeping_place"):
            if "place_lei" in holder.draft.raw:
                holder.drop("place_lei")
            return holder.need("safekeeping_place"), holder.place("safekeeping_place")
        if "place_lei" in holder.draft.raw:
            return holder.get("place_lei"), holder.place("place_lei")
    return None, ""


def _position(held: Draft, part: Part, place: str | None) -> Draft:
    position = Draft(record_type="position")
    position.take(held, without=("basis",))
    for balance in part.all("balance"):
        _put_part(position, balance, place)
    lent = position.raw.get("on_loan_quantity")
    at = position.source("on_loan_quantity") if lent else part.place("aggregate")
    position.put("settled_quantity", _rest("settled_quantity", part.get("aggregate"), lent or "0", at), at)
    return position


def _put_part(position: Draft, balance: Part, place: str | None) -> None:
    """Add a sub-balance to the position; one that no field has is kept. Raises RecordError if it is at another place."""
    if (other := balance.get("safekeeping_place")) not in (None, place):
        detail = f"the balance is at {other}, the holding at {place}"
        raise RecordError("conflicting_values", balance.place("safekeeping_place"), detail)
    if balance.is_fin:
        for code, name in _PARTS.items():
            if code in balance.draft.raw:
                position.put(name, Added(balance.get(code)), balance.place(code))
    elif (kind := balance.get("kind")) in _PARTS:
        position.put(_PARTS[kind], Added(balance.need("quantity")), balance.node.path)
    else:
        balance.keep_used()


def _statement(held: Draft, part: Part) -> Draft:
    """Return the statement. Of a split aggregate one part gives the other, as both add up to it."""
    statement = Draft(record_type="statement")
    is_settled = held.raw.get("basis") == "SETT"
    statement.take(held, without=("basis",) if is_settled else ())
    statement.take(part.draft, ("aggregate", "available", "not_available"))
    for name, other in (("available", "not_available"), ("not_available", "available")):
        if name not in statement.raw and other in statement.raw:
            at = part.place(other)
            statement.put(name, _rest(name, part.get("aggregate"), part.get(other), at), at)
    if not is_settled or "safekeeping_place" not in held.raw:
        for balance in part.all("balance"):
            balance.keep_used()
    return statement


def _rest(name: str, whole: str, part: str, at: str) -> str:
    """Return what is left of a balance. Raises RecordError of the part where it is more than a whole that is not short."""
    balance = parse_decimal(whole)
    rest = EXACT.subtract(balance, parse_decimal(part))
    if rest < 0 <= balance:
        raise RecordError("negative_quantity", at, f"{name}: {plain(rest)} is below zero")
    return plain(rest)
