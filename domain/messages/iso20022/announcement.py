"""seev.031 (notification) and seev.039 (cancellation) become one corporate_action record.

Source: ISO 20022 message definitions seev.031.001.14 and seev.039.001.12, Securities SEG.
"""

from domain.messages.draft import Draft
from domain.messages.iso20022.document import Element, Iso20022Message
from domain.messages.iso20022.option import read_option
from domain.messages.iso20022.values import code_of, date_of, decimal_of, header_instant, ratio_of, text_of
from domain.messages.preparation import order_of

_DATES = {"AnncmntDt": "announcement_date", "ExDvddDt": "ex_date", "RcrdDt": "record_date", "FctvDt": "effective_date"}
_RATES = {"IntrstRate": "interest_rate", "PrvsFctr": "previous_factor", "NxtFctr": "next_factor"}
_CANCELLATIONS = {"PROC": "CANC", "WITH": "WITH"}


def read_notification(message: Iso20022Message) -> list[Draft]:
    """The corporate_action record of a NEWM or REPL. Raises RecordError; so for a reminder, which says nothing new."""
    body, draft = message.body, Draft(record_type="corporate_action")
    function = body.need("NtfctnGnlInf/NtfctnTp")
    if function.text not in ("NEWM", "REPL"):
        raise function.fail(
            "unsupported_function", f"{function.text:.10} is neither NEWM nor REPL: it repeats an announcement"
        )
    draft.copy("function", function, text_of)
    _status(draft, body)
    general = body.need("CorpActnGnlInf")
    _identify(draft, general)
    _version(draft, message, function if function.text == "NEWM" else None)
    _links(draft, body)
    _security(draft, general.need("UndrlygScty"))
    _details(draft, body)
    draft.nest(
        "options",
        [read_option(draft, option) for option in body.all("CorpActnOptnDtls")],
        "CorpActnNtfctn/CorpActnOptnDtls",
    )
    return [draft]


def read_cancellation(message: Iso20022Message) -> list[Draft]:
    """The corporate_action record that cancels: CANC where the servicer made a mistake (PROC), WITH where the issuer withdraws."""
    body, draft = message.body, Draft(record_type="corporate_action")
    reason = body.need("CxlAdvcGnlInf/CxlRsnCd")
    if reason.text not in _CANCELLATIONS:
        raise reason.fail("unknown_code", f"{reason.text[:10]!r} is none of {', '.join(_CANCELLATIONS)}")
    draft.put("function", _CANCELLATIONS[reason.text], reason.path)
    general = body.need("CorpActnGnlInf")
    _identify(draft, general)
    draft.copy("isin", general.need("FinInstrmId/ISIN"), text_of)
    _version(draft, message, None)
    return [draft]


def _status(draft: Draft, body: Element) -> None:
    """Complete or not, confirmed or not, in the one code that MT564 has for both (25D PROC)."""
    status = body.need("NtfctnGnlInf/PrcgSts").get("Cd")
    if status is None:
        return
    complete, confirmed = status.need("EvtCmpltnsSts").text == "COMP", status.need("EvtConfSts").text == "CONF"
    draft.put("processing_status", "PREU" if not confirmed else "COMP" if complete else "PREC", status.path)


def _identify(draft: Draft, general: Element) -> None:
    draft.copy("corporate_action_event_id", general.need("CorpActnEvtId"), text_of)
    draft.copy("event_type", general.need("EvtTp"), code_of)
    draft.copy("mandatory_voluntary", general.need("MndtryVlntryEvtTp"), code_of)
    draft.copy("official_event_id", general.get("OffclCorpActnEvtId"), text_of)


def _links(draft: Draft, body: Element) -> None:
    """Events that this one comes before, after or with, by the account servicer's identification of them."""
    links = []
    for linkage in body.all("EvtsLkg"):
        if event := linkage.get("EvtId/LkdCorpActnId"):
            link = Draft()
            link.put("corporate_action_event_id", event.text, event.path)
            if position := linkage.get("LkgTp"):
                link.put("processing_position", code_of(position), position.path)
            links.append(link)
    draft.nest("linked_events", links, "CorpActnNtfctn/EvtsLkg")


def _version(draft: Draft, message: Iso20022Message, first: Element | None) -> None:
    if first is not None:
        draft.put("version", 1, first.path)
        return
    instant, at = header_instant(message)
    draft.put("version", order_of(instant, at), at)


def _security(draft: Draft, security: Element) -> None:
    draft.copy("isin", security.need("FinInstrmId/ISIN"), text_of)
    if place := security.get("PlcOfListg"):
        draft.copy("place_of_listing", place.get("MktIdrCd") or place.need("Desc"), text_of)
    draft.copy("day_count", security.get("DayCntBsis"), code_of)
    _rates(draft, security)


def _rates(draft: Draft, element: Element) -> None:
    for name, field in _RATES.items():
        draft.copy(field, element.get(f"{name}/Rate"), decimal_of)


def _details(draft: Draft, body: Element) -> None:
    if details := body.get("CorpActnDtls"):
        for name, field in _DATES.items():
            draft.copy(field, details.get(f"DtDtls/{name}"), date_of)
        if rates := details.get("RateAndAmtDtls"):
            _rates(draft, rates)
        _interest_period(draft, details.get("PrdDtls/IntrstPrd/Prd"))
    if intermediate := body.get("IntrmdtScty"):
        draft.copy("isin_intermediate", intermediate.need("SctyId/ISIN"), text_of)
        draft.copy("intermediate_to_underlying", intermediate.get("IntrmdtSctiesToUndrlygRatio"), ratio_of)


def _interest_period(draft: Draft, period: Element | None) -> None:
    if period is None:
        return
    first, last = date_of(period.need("StartDt")), date_of(period.need("EndDt"))
    if first and last:
        draft.put("interest_period", {"from": first, "to": last}, period.path)
