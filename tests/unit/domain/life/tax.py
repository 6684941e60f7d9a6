"""Withholding tax on a rounded gross amount (domain rules, "Money" and "Rules documents")."""

from fractions import Fraction

from tests.unit.domain.life.arithmetic import minor
from tests.unit.domain.life.calendars import paid_on
from tests.unit.domain.life.facts import Held

INCOME = {"DVCA": "dividend_listed_equity", "DVOP": "dividend_listed_equity", "DRIP": "dividend_listed_equity"}
INCOME |= dict.fromkeys(("INTR", "REDM", "MCAL", "PCAL", "DRAW", "PRED", "BPUT"), "interest")
NO_TAX = Fraction(0), Fraction(0), [], Fraction(0), Fraction(0), (None, None)


def withheld(facts, event, option, account, gross, is_income):
    """(rate, tax, components, second-level tax, reclaim, (row's id, whether it names the residence)) of income or of other cash."""
    currency = option.get("currency", "JPY")
    if gross <= 0:  # what a holder pays is no income
        return NO_TAX
    if not is_income:
        if "withholding_tax_rate" not in option:
            return NO_TAX
        rate, second = Fraction(option["withholding_tax_rate"]), Fraction(option.get("second_level_tax_rate", 0))
        tax, second = minor(gross * rate / 100, currency), minor(gross * second / 100, currency)
        return rate, tax, [], second, Fraction(0), (None, None)
    row = _row(facts.rates, event, account)
    relieved = row["tax_relief_method"] == "RELIEF_AT_SOURCE" and row.get("treaty_rate") and _documented(event, account)
    rate = Fraction(row["treaty_rate"] if relieved else row["statutory_rate"])
    tax = minor(gross * rate / 100, currency)
    parts = [] if relieved else [minor(gross * Fraction(each["rate"]) / 100, currency) for each in row["components"]]
    if parts:
        parts[-1] = tax - sum(parts[:-1])
    reclaim = Fraction(0)
    if row.get("treaty_rate"):
        reclaim = max(Fraction(0), tax - minor(gross * Fraction(row["treaty_rate"]) / 100, currency))
    second = Fraction(option.get("second_level_tax_rate") or row.get("second_level_tax_rate") or 0)
    used = row["rate_id"], "FALLBACK" if row["residence"] == "*" else "ROW"
    return rate, tax, parts, minor(gross * second / 100, currency), reclaim, used


def _documented(event, account):
    if account.get("documentation_status") != "valid":
        return False
    return paid_on(event) <= account.get("documentation_expiry", "9999")


def _row(rates, event, account):
    if not event.get("payment_date") or not event.get("source_country"):
        raise Held("missing_terms")
    on, kind = paid_on(event), INCOME[event["event_type"]]
    for residence in (account["residence"], "*"):
        for owner in (account["beneficial_owner"], "*"):
            for row in rates:
                whose = row["source_country"], row["residence"], row["beneficial_owner"], row["income_type"]
                holds = row["valid_from"] <= on and (row["valid_to"] is None or on <= row["valid_to"])
                if holds and whose == (event["source_country"], residence, owner, kind):
                    return row
    raise Held("no_rate")
