"""MT564: an announcement becomes one corporate_action record with every term that the message carries.

Source: ISO 15022 User Handbook, MT564; SMPG Corporate Actions Global Market Practice Part 1 (functions of the message, direction of
movements).
"""

from domain.messages.draft import Draft
from domain.messages.fin.message import FinField, FinMessage, FinSequence
from domain.messages.fin.option import read_option
from domain.messages.fin.values import code_of, date_of, decimal_of, first_of, isin_of, ratio_of
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
    draft.copy("function", function, first_of)
    draft.copy("corporate_action_event_id", general.need("20C", "CORP"), first_of)
    draft.copy("event_type", general.need("22F", "CAEV"), code_of)
    draft.copy("mandatory_voluntary", general.need("22F", "CAMV"), code_of)
    draft.copy("official_event_id", general.field("20C", "COAF"), first_of)
    draft.copy("processing_status", general.need("25D", "PROC"), code_of)
    _links(draft, general)
    version_of(draft, general, function.parts[0] == "NEWM")
    _security(draft, message.root.sequences("USECU")[0])
    if function.parts[0] in ("NEWM", "REPL"):
        _terms(draft, message.root)
    return [draft]


def _links(draft: Draft, general: FinSequence) -> None:
    """Events that this one comes before, after or with; links to messages (PREV, RELA) say nothing about events."""
    links = []
    for linkage in general.sequences("LINK"):
        if event := linkage.field("20C", "CORP"):
            links.append(Draft())
            links[-1].copy("corporate_action_event_id", event, first_of)
            links[-1].copy("processing_position", linkage.field("22F", "LINK"), code_of)
    draft.nest("linked_events", links, "GENL/LINK")


def _security(draft: Draft, underlying: FinSequence) -> None:
    draft.copy("isin", underlying.need("35B"), isin_of)
    if attributes := underlying.sequence("FIA"):
        draft.copy("place_of_listing", attributes.field("94B", "PLIS"), lambda place: place.parts[2] or place.parts[1])
        draft.copy("day_count", attributes.field("22F", "MICO"), code_of)
        _rates(draft, attributes)


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
            draft.copy(name, details.field("98", qualifier), date_of)
        _rates(draft, details)
        _interest_period(draft, details)
    if intermediate := root.sequence(
        "INTSEC"
    ):  # rights that are distributed first, and how many of them one new share takes
        draft.copy("isin_intermediate", intermediate.need("35B"), isin_of)
        draft.copy("intermediate_to_underlying", intermediate.field("92D", "RTUN"), ratio_of)
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
