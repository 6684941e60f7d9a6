"""LIQU, liquidation payment, and WRTH, worthless: what a company's end pays for its securities, or that it pays nothing.

A LIQU pays cash per security, securities of others, or both. The payment is the last one if the option takes the security too:
securities_movements has the event's own ISIN as DEBT, or new_to_old says what comes for it. Lots: the last payment is a sale of what is
left of the basis; one before it is a return of capital, lot by lot (US IRC §331, Rev. Rul. 68-348, Rev. Rul. 85-48; UK TCGA 1992
s.122(5)(b)). Securities count at their market price, which is their basis (US IRC §334(a); UK HMRC CG57826), unless tax_treatment is
ROLLOVER: then a last payment is an exchange that carries the basis over (UK TCGA 1992 s.136, a scheme of reconstruction).

A WRTH takes the securities for nothing, a loss of their basis. Of whom US law holds it is of the last day of the year (IRC §165(g)(1)).
"""

from dataclasses import replace

from domain.corporate_actions.event_type import Debit, EventType, LotTreatment, Outturn
from domain.corporate_actions.reading import cash_of, missing, paid_out_of_capital, securities
from domain.held import Held
from domain.records import CorporateAction, Option


def _liquidation(event: CorporateAction, option: Option) -> Outturn:
    outturn = paid_out_of_capital(event, option)
    taken = [moved for moved in option.securities_movements if moved.credit_debit_indicator == "DEBT"]
    if any(moved.isin != event.isin or moved.ratio.value != 1 for moved in taken):
        raise missing(
            event, option, "securities_movements", "the event's own security, one for one, where it takes one"
        )
    if outturn.debit is Debit.NOTHING and not taken:
        if outturn.credits and event.tax_treatment == "ROLLOVER":
            raise missing(
                event, option, "securities_movements", "its own security taken, where tax_treatment is ROLLOVER"
            )
        return outturn
    return replace(outturn, debit=Debit.ALL, lots=LotTreatment.REORGANISE if outturn.credits else LotTreatment.DISPOSE)


def _worthless(event: CorporateAction, option: Option) -> Outturn:
    if cash_of(option) or securities(event, option):
        detail = f"option {option.option_number} of a WRTH pays something: announce it as what it is, such as LIQU"
        raise Held("not_worthless", "options", detail)
    return Outturn(debit=Debit.ALL, lots=LotTreatment.WRITE_OFF)


_SOURCE = "ISO 15022 22F::CAEV//{}; lots: {}"

LIQU = EventType(
    "LIQU", "", _liquidation, _SOURCE.format("LIQU", "US IRC §331; UK TCGA 1992 s.122"), distributes=True, sells=True
)
WRTH = EventType("WRTH", "", _worthless, _SOURCE.format("WRTH", "US IRC §165(g); UK TCGA 1992 s.24(1)"), lapses=True)
