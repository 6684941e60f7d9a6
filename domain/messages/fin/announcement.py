"""MT564: an announcement becomes one corporate_action record with every term that the message carries.

Source: ISO 15022 User Handbook, MT564; SMPG Corporate Actions Global Market Practice Part 1 (functions of the message, direction of
movements).
"""

from domain.messages.draft import Draft, ratio
from domain.messages.fin.message import FinField, FinMessage, FinSequence
from domain.messages.fin.option import read_option
from domain.messages.fin.values import date_of, decimal_of, isin_of
from domain.messages.fin.version import version_of
from domain.records.corporate_action import FUNCTIONS

_DATES = {"ANOU": "announcement_date", "XDTE": "ex_date", "RDTE": "record_date", "EFFD": "effective_date"}
_RATES = {"INTR": "interest_rate", "PRFC": "previous_factor", "NWFC": "next_factor"}


def read_announcement(message: FinMessage) -> list[Draft]:
    """The corporate_action record. Raises RecordError; so for RMDR, ADDB and REPE, which add to an announcement and do not replace it."""
    general = message.root.sequences("GENL")[0]
    function = general.need("23G")
    if function.parts[0] not in FUNCTIONS:
        detail = f"{function.parts[0]} is none of {', '.join(FUNCTIONS)}: it reminds of, or adds to, an announcement"
        raise function.fail("unsupported_function", detail)
    draft = Draft(record_type="corporate_action")
    draft.put("function", function.parts[0], function.path)
    _identify(draft, general)
    _links(draft, general)
    version_of(draft, general, function.parts[0] == "NEWM")
    _security(draft, message.root.sequences("USECU")[0])
    if function.parts[0] in ("NEWM", "REPL"):
        _terms(draft, message.root)
    return [draft]


def _identify(draft: Draft, general: FinSequence) -> None:
    event, kind, choice = general.need("20C", "CORP"), general.need("22F", "CAEV"), general.need("22F", "CAMV")
    draft.put("corporate_action_event_id", event.parts[0], event.path)
    draft.put("event_type", kind.parts[1], kind.path)
    draft.put("mandatory_voluntary", choice.parts[1], choice.path)
    if official := general.field("20C", "COAF"):
        draft.put("official_event_id", official.parts[0], official.path)
    status = general.need("25D", "PROC")
    draft.put("processing_status", status.parts[1], status.path)


def _links(draft: Draft, general: FinSequence) -> None:
    """Events that this one comes before, after or with; links to messages (PREV, RELA) say nothing about events."""
    links = []
    for linkage in general.sequences("LINK"):
        if event := linkage.field("20C", "CORP"):
            link, position = Draft(), linkage.field("22F", "LINK")
            link.put("corporate_action_event_id", event.parts[0], event.path)
            if position:
                link.put("processing_position", position.parts[1], position.path)
            links.append(link)
    draft.nest("linked_events", links, "GENL/LINK")


def _security(draft: Draft, underlying: FinSequence) -> None:
    identification = underlying.need("35B")
    draft.put("isin", isin_of(identification), identification.path)
    attributes = underlying.sequence("FIA")
    if attributes is None:
        return
    _place_of_listing(draft, attributes)
    if method := attributes.field("22F", "MICO"):
        draft.put("day_count", method.parts[1], method.path)
    _rates(draft, attributes)


def _place_of_listing(draft: Draft, attributes: FinSequence) -> None:
    """94B PLIS//EXCH/XNYS: the market's code stands in the narrative."""
    place = attributes.field("94B", "PLIS")
    if place is not None:
        draft.put("place_of_listing", place.parts[2] or place.parts[1], place.path)


def _rates(draft: Draft, sequence: FinSequence) -> None:
    for qualifier, name in _RATES.items():
        field = sequence.field("92", qualifier)
        if field is not None and field.tag != "92K":
            draft.put(name, _rate(field), field.path)


def _rate(field: FinField) -> str:
    if field.tag != "92A":
        raise field.fail("unsupported_format", "the rate is expected as 92A")
    return decimal_of(field.parts[1], field.parts[0])


def _terms(draft: Draft, root: FinSequence) -> None:
    if details := root.sequence("CADETL"):
        for qualifier, name in _DATES.items():
            if field := details.field("98", qualifier):
                draft.put(name, date_of(field), field.path)
        _rates(draft, details)
        _interest_period(draft, details)
    if intermediate := root.sequence("INTSEC"):
        _intermediate(draft, intermediate)
    options = [read_option(draft, sequence) for sequence in root.sequences("CAOPTN")]
    draft.nest("options", options, "CAOPTN")


def _interest_period(draft: Draft, details: FinSequence) -> None:
    period = details.field("69", "INPE")
    if period is None or period.tag == "69J":
        return
    if period.tag != "69A":
        raise period.fail("unsupported_format", "an interest period has two dates: 69A")
    first, last = (f"{text[:4]}-{text[4:6]}-{text[6:]}" for text in period.parts if text)
    draft.put("interest_period", {"from": first, "to": last}, period.path)


def _intermediate(draft: Draft, sequence: FinSequence) -> None:
    """Rights that are distributed first (sequence C): what they are, and how many of them one new share takes."""
    identification = sequence.need("35B")
    draft.put("isin_intermediate", isin_of(identification), identification.path)
    if field := sequence.field("92D", "RTUN"):
        given = ratio(decimal_of(field.parts[0]), decimal_of(field.parts[1]))
        draft.put("intermediate_to_underlying", given, field.path)
