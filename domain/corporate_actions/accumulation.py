"""ACCU, accumulation: income that a fund keeps and that counts as distributed for tax. It pays nothing and raises the basis.

Notices of this type: reinvested ("phantom") distributions of Canadian funds, undistributed capital gains of US funds (Form 2439), excess
reportable income of offshore funds and income of accumulation units under UK law. gross_rate is the income of a unit, tax_credit_rate
(ISO 15022 92a TAXC) the tax that the fund has paid of it and that is credited to the holder. Tax is withheld only if the option carries
withholding_tax_rate, as of everything that is no cash income (domain rules, "Money"). The holder pays it, as no cash comes to keep it from.

Lots: basis rises by gross_rate - tax_credit_rate, from the ex-date on: a disposal after it deducts the income even if the fund's
distribution date is still to come (UK SI 2009/3001 reg. 99, HMRC IFM13372; TCGA 1992 s.99B; US IRC §852(b)(3)(D)(iii), §565(c)(2)).
"""

from domain.corporate_actions.event_type import EventType, LotTreatment, Outturn
from domain.corporate_actions.reading import needed_cash, tax_credit_of
from domain.held import Held
from domain.records import CorporateAction, Option


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    income, rule = needed_cash(event, option, "gross_rate")
    credit = tax_credit_of(option)
    if credit > income:
        detail = f"tax_credit_rate {option.tax_credit_rate} is above the income of a unit: the fund cannot have paid it"
        raise Held("tax_above_income", "options.tax_credit_rate", detail)
    return Outturn(cash=income, cash_rule=rule, tax_credit=credit, lots=LotTreatment.ACCUMULATE)


ACCU = EventType("ACCU", "", _outturn, "ISO 15022 22F::CAEV//ACCU: retained, and deemed distributed", distributes=True)
