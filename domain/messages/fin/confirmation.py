"""MT566: the confirmation of a movement becomes one confirmation record, credits positive.

The sender's reference (20C SEME) tells two payments of one entitlement apart.
Source: ISO 15022 User Handbook, MT566. A reversal (23G REVR) takes back what was confirmed; it is no confirmation and is refused.
"""

from decimal import Decimal

from domain.messages.draft import Draft
from domain.messages.fin.message import FinMessage, FinSequence
from domain.messages.fin.values import account_of, date_of, decimal_of, first_of, isin_of, quantity_of, signed
from domain.messages.fin.version import sequence_of
from domain.messages.payment import put_posted
from domain.numbers.exact import parse_decimal


def read_confirmation(message: FinMessage) -> list[Draft]:
    """The confirmation record. Raises RecordError."""
    general, confirmed = message.root.sequences("GENL")[0], message.root.sequences("CACONF")[0]
    function = general.need("23G")
    if function.parts[0] != "NEWM":
        raise function.fail("unsupported_function", f"{function.parts[0]} confirms nothing: NEWM does")
    draft = Draft(record_type="confirmation")
    draft.copy("corporate_action_event_id", general.need("20C", "CORP"), first_of)
    draft.copy("safekeeping_account", message.root.sequences("USECU")[0].need("97", "SAFE"), account_of)
    draft.copy("option_number", confirmed.need("13A", "CAON"), first_of)
    draft.copy("payment_reference", general.need("20C", "SEME"), first_of)
    sequence_of(draft, general)
    cash = confirmed.sequences("CASHMOVE")
    securities = sorted(
        confirmed.sequences("SECMOVE"), key=lambda movement: movement.need("22H", "CRDB").parts[0] != "CRED"
    )
    moved = [_securities(movement) for movement in securities if movement.field("36", "PSTA")]
    charges = [field for movement in cash if (field := movement.field("19B", "CHAR"))]
    charged = [(parse_decimal(decimal_of(field.parts[1])), field.parts[0], field.path) for field in charges]
    put_posted(draft, [_cash(movement) for movement in cash], charged, moved)
    for movements in (cash, securities):
        for movement in movements if "posting_date" not in draft.raw else ():
            draft.copy("posting_date", movement.need("98", "POST"), date_of)
    return [draft]


def _cash(movement: FinSequence) -> tuple[Decimal, str | None, str]:
    posted = movement.need("19B", "PSTA")
    return signed(decimal_of(posted.parts[1]), movement.need("22H", "CRDB")), posted.parts[0], posted.path


def _securities(movement: FinSequence) -> Draft:
    direction, posted = movement.need("22H", "CRDB"), Draft()
    posted.copy("isin", movement.need("35B"), isin_of)
    posted.copy("posting_quantity", movement.need("36", "PSTA"), lambda field: signed(quantity_of(field), direction))
    return posted
