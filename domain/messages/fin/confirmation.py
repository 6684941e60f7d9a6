"""MT566: the confirmation of a movement becomes one confirmation record, credits positive.

Cash is summed. Of securities the first that is credited, else the first that is debited, stands in the record itself, the others beside it.
The sender's reference (20C SEME) tells two payments of one entitlement apart.
Source: ISO 15022 User Handbook, MT566. A reversal (23G REVR) takes back what was confirmed; it is no confirmation and is refused.
"""

from functools import reduce

from domain.messages.draft import Draft
from domain.messages.fin.message import FinMessage, FinSequence
from domain.messages.fin.values import account_of, date_of, decimal_of, isin_of, quantity_of, signed
from domain.messages.fin.version import sequence_of
from domain.numbers.exact import EXACT


def read_confirmation(message: FinMessage) -> list[Draft]:
    """The confirmation record. Raises RecordError."""
    general, confirmed = message.root.sequences("GENL")[0], message.root.sequences("CACONF")[0]
    function = general.need("23G")
    if function.parts[0] != "NEWM":
        raise function.fail("unsupported_function", f"{function.parts[0]} confirms nothing: NEWM does")
    draft = Draft(record_type="confirmation")
    event, account = general.need("20C", "CORP"), message.root.sequences("USECU")[0].need("97", "SAFE")
    option = confirmed.need("13A", "CAON")
    draft.put("corporate_action_event_id", event.parts[0], event.path)
    draft.put("safekeeping_account", account_of(account), account.path)
    draft.put("option_number", option.parts[0], option.path)
    reference = general.need("20C", "SEME")
    draft.put("payment_reference", reference.parts[0], reference.path)
    sequence_of(draft, general)
    _cash(draft, confirmed.sequences("CASHMOVE"))
    _securities(draft, confirmed.sequences("SECMOVE"))
    return [draft]


def _cash(draft: Draft, movements: list[FinSequence]) -> None:
    amounts = []
    for movement in movements:
        posted, direction = movement.need("19B", "PSTA"), movement.need("22H", "CRDB")
        draft.put("currency", posted.parts[0], posted.path)
        amounts.append(signed(decimal_of(posted.parts[1]), direction))
    if amounts:
        draft.put("posting_amount", reduce(EXACT.add, amounts), posted.path)
    _posted(draft, movements)


def _securities(draft: Draft, movements: list[FinSequence]) -> None:
    posted = []
    for movement in sorted(movements, key=lambda movement: movement.need("22H", "CRDB").parts[0] != "CRED"):
        if quantity := movement.field("36", "PSTA"):
            posted.append(Draft())
            identification, direction = movement.need("35B"), movement.need("22H", "CRDB")
            posted[-1].put("isin", isin_of(identification), identification.path)
            posted[-1].put("posting_quantity", signed(quantity_of(quantity), direction), quantity.path)
    for first in posted[:1]:
        draft.take(first)
        draft.nest("securities_movements", posted[1:], first.source("posting_quantity"))
    if "posting_date" not in draft.raw:
        _posted(draft, movements)


def _posted(draft: Draft, movements: list[FinSequence]) -> None:
    for movement in movements:
        day = movement.need("98", "POST")
        draft.put("posting_date", date_of(day), day.path)
