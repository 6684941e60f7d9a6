"""LIQU, liquidation payment, and WRTH, worthless: what a company's end pays for its securities, or that it pays nothing.

A LIQU pays cash per security. The payment is the last one if the option takes the security too: securities_movements has the event's own
ISIN as DEBT. Lots: the last payment is a sale of what is left of the basis; one before it is a return of capital, lot by lot (US IRC §331,
Rev. Rul. 68-348, Rev. Rul. 85-48; UK TCGA 1992 s.122(5)(b)). What is paid in securities is held: their value would be the proceeds.

A WRTH takes the securities for nothing, a loss of their basis. Of whom US law holds it is of the last day of the year (IRC §165(g)(1)).
"""

from domain.corporate_actions.event_type import Debit, EventType, LotTreatment, Outturn
from domain.corporate_actions.reading import cash_of, missing, needed_cash, securities
from domain.held import Held
from domain.records import CorporateAction, Option


def _liquidation(event: CorporateAction, option: Option) -> Outturn:
    if securities(event, option):
        detail = f"option {option.option_number} pays securities in a liquidation, which is not calculated: book it by trades"
        raise Held("paid_in_kind", "options.securities_movements", detail)
    cash, rule = needed_cash(event, option)
    if not option.securities_movements:
        return Outturn(cash=cash, cash_rule=rule, lots=LotTreatment.RETURN_CAPITAL)
    if any(moved.isin != event.isin or moved.ratio.value != 1 for moved in option.securities_movements):
        raise missing(
            event, option, "securities_movements", "the event's own security, one for one, where it takes one"
        )
    return Outturn(cash=cash, cash_rule=rule, debit=Debit.ALL, lots=LotTreatment.DISPOSE)


def _worthless(event: CorporateAction, option: Option) -> Outturn:
    if cash_of(option) or securities(event, option):
        detail = f"option {option.option_number} of a WRTH pays something: announce it as what it is, such as LIQU"
        raise Held("not_worthless", "options", detail)
    return Outturn(debit=Debit.ALL, lots=LotTreatment.WRITE_OFF)


_SOURCE = "ISO 15022 22F::CAEV//{}; lots: {}"

LIQU = EventType("LIQU", "", _liquidation, _SOURCE.format("LIQU", "US IRC §331; UK TCGA 1992 s.122"), distributes=True)
WRTH = EventType("WRTH", "", _worthless, _SOURCE.format("WRTH", "US IRC §165(g); UK TCGA 1992 s.24(1)"), lapses=True)
