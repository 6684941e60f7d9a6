"""The product's answer and the reference's, told in the same words; where they differ; and the fewest facts on which they still do."""

from fractions import Fraction

from domain.calculation import calculate_document
from tests.unit.domain.life.calendars import derived_ex_date, paid_on
from tests.unit.domain.life.entitlements import entitled, reversed_rows
from tests.unit.domain.life.facts import Facts, due_on
from tests.unit.domain.life.living import document_of, facts_of
from tests.unit.domain.life.lots import folded
from tests.unit.domain.life.regimes import of_product, of_reference, owners_of
from tests.unit.domain.life.shorts import sides
from tests.unit.domain.life.transfers import uncovered

FIGURES = {
    "eligible": "eligible_quantity", "debited": "debited_quantity", "fraction": "fraction_quantity",
    "gross": "gross_amount", "tax_rate": "withholding_tax_rate", "tax": "withholding_tax_amount", "second": "second_level_tax_amount",
    "reclaim": "tax_reclaim_amount", "net": "net_amount", "in_lieu": "cash_in_lieu_amount", "subscription": "subscription_amount",
    "charges": "charge_amount",
    "amount": "entitled_amount", "interest": "accrued_interest_amount",
}  # fmt: skip


def shown(exact):
    """At the 12 places that are shown of a quantity without finite decimals."""
    return Fraction((2 * abs(exact) * 10**12 + 1) // 2, 10**12) * (1 if exact >= 0 else -1)


def exact(row, name):
    """As it is calculated with."""
    ratio = row["quantity_ratio"]
    return Fraction(int(ratio["numerator"]), int(ratio["denominator"])) if ratio else Fraction(row[name])


def of_the_product(document):
    """{(part, key): value} of everything compared."""
    result, facts, said = calculate_document(document), Facts(document), {}
    for part, with_version in (("entitlement", []), ("reversal", ["version"])):
        names = ["corporate_action_event_id", *with_version, "safekeeping_account", "option_number"]
        said |= {(part, *(row[name] for name in names)): _figures(row) for row in result[f"{part}s"]}
    standing = {each["corporate_action_event_id"] for each in facts.standing()}
    said |= {("dates", row["corporate_action_event_id"]): (row["ex_date"], row["payment_date"])
             for row in result["corporate_actions"] if row["corporate_action_event_id"] in standing}  # fmt: skip
    regimes = of_product(facts, result)
    said |= _rejections(result, {each for each, account in owners_of(facts).items() if account in regimes})
    said |= _lots(result, regimes)
    return _sorted(
        said | {("regime", account, *key): value for account, of in regimes.items() for key, value in of.items()}
    )


def _rejections(result, elsewhere):
    """Records that wait for a fact or are refused; trades of accounts under a regime are told `elsewhere`."""
    said = {}
    for row in result["rejected"]:
        if row["reason"].startswith("unknown_") and row["record"] != "corporate_action":
            continue  # names what `fewest` has left out
        if row["reason"] == "no_holding":
            said["of nothing", row["record_id"]] = True
        elif row["record"] in ("trade", "transfer", "election") or row["reason"] == "lots_not_adjusted":
            said["rejected", row["record_id"]] = row["reason"]
        elif row["reason"] in ("missing_exchange_rate", "awaits_exchange_rate"):
            said["waits", row["record_id"], row["detail"].split(": ")[0]] = True
        elif not row["detail"].startswith("trade "):
            account = row["detail"].split(": ")[0] if row["detail"].startswith("ACC") else ""
            said["held", row["record_id"], account] = row["reason"]
    return {key: reason for key, reason in said.items() if key[1] not in elsewhere}


def _lots(result, regimes):
    """Open lots, and what was realised by whom of which lot."""
    said = {}
    lots, rows = (
        [each for each in result[part] if each["safekeeping_account"] not in regimes]
        for part in ("tax_lots", "realised")
    )
    for row in lots:
        days, units = (row["acquisition_date"], row["holding_period_start"]), exact(row, "quantity")
        if units:
            value = (row["isin"], units, Fraction(row["cost_basis"]), *days, row["parent_lot_id"])
            said["lot", row["safekeeping_account"], row["lot_id"]] = value
    for row in rows:
        key = ("realised", row["safekeeping_account"], row["closed_by"], row["lot_id"])
        value = (
            row["isin"],
            row["date"],
            shown(Fraction(row["quantity"])),
            Fraction(row["proceeds"]),
            Fraction(row["cost_basis"]),
        )
        said.setdefault(key, []).append((*value, row["holding_term"]))
    return said


def of_the_reference(document):
    """Likewise."""
    facts = Facts(document)
    rows, held = entitled(facts)
    said = {("entitlement", *key): _told(figures) for key, figures in rows.items()}
    for event, version, account, option, figures in reversed_rows(facts):
        said["reversal", event, version, account, option] = _told(figures, -1)
    said |= {("held", event, account): reason for event, account, reason in held}
    for event in facts.standing():
        said["dates", event["corporate_action_event_id"]] = (
            event.get("ex_date") or derived_ex_date(event),
            paid_on(event),
        )
        if due_on(event) and ("held", event["corporate_action_event_id"], "") not in said:
            said |= {("rejected", each): reason for each, reason in facts.refused(event).items()}
            said |= {("of nothing", each): True for each in facts.of_nothing(event)}
    ledgers, unadjusted = folded(facts)
    for account, ledger in ledgers.items():
        _tell_lots(said, account, ledger)
    said |= {("rejected", event): "lots_not_adjusted" for event in unadjusted}
    said |= {
        ("rejected", each["transfer_id"]): reason for each in facts.transfers if (reason := uncovered(facts, each))
    }
    regimes = of_reference(facts)
    return _sorted(
        said | {("regime", account, *key): value for account, of in regimes.items() for key, value in of.items()}
    )


def _tell_lots(said, account, ledger):
    for side in sides(ledger):
        sign = -1 if side.owes else 1
        for lot in side.lots:
            if lot.units:
                value = (lot.isin, lot.units * sign, lot.basis * sign, lot.acquired, lot.since, lot.parent)
                said["lot", account, lot.id] = value
        for lot, isin, on, closed_by, units, got, cost, term in side.realised:
            said.setdefault(("realised", account, closed_by, lot), []).append((isin, on, shown(units), got, cost, term))
    said |= {("rejected", refused): reason for refused, reason in ledger.refused.items()}
    said |= {("waits", event, account): True for event in ledger.waiting}


def _sorted(said):
    return {key: sorted(value) if key[0] == "realised" else value for key, value in said.items()}


def _figures(row):
    figures = {name: Fraction(row[field] or 0) for name, field in FIGURES.items()}
    figures["row"] = row["rate_id"], row["rate_basis"]
    figures["entitled"], figures["isin_out"] = exact(row, "entitled_quantity"), row["isin_out"]
    figures["components"] = tuple(Fraction(each["amount"]) for each in row["components"])
    figures["further"] = tuple((each["isin"], exact(each, "entitled_quantity")) for each in row["securities_movements"])
    amount = row["payment_amount"]
    return figures | {"payment": (row["payment_currency"], None if amount is None else Fraction(amount))}


def _told(figures, sign=1):
    """As the product prints it; all amounts and quantities negated in a reversal."""
    told = {
        name: value if name == "tax_rate" or value is None else shown(value) * sign
        for name, value in figures.items()
        if name in FIGURES
    }
    told |= {"entitled": figures["entitled"] * sign, "isin_out": figures["isin_out"], "row": figures["row"]}
    told |= {"components": tuple(each * sign for each in figures["components"])}
    told |= {"further": tuple((isin, units * sign) for isin, units in figures["further"])}
    currency, amount = figures["payment"]
    return told | {"payment": (currency, None if amount is None else amount * sign)}


def differences(document):
    """[(key, what the product says, what the reference says)] where they differ, None where one says nothing."""
    product, reference = of_the_product(document), of_the_reference(document)
    return [(key, product.get(key), reference.get(key)) for key in sorted({*product, *reference}, key=str)
            if product.get(key) != reference.get(key)]  # fmt: skip


def fewest(facts, differs):
    """Facts without which there is no difference: pieces are left out, large ones first, as long as it stays."""
    size = len(facts) // 2
    while size:
        start = 0
        while start < len(facts):
            without = facts[:start] + facts[start + size :]
            if differs(document_of(without)):
                facts = without
            else:
                start += size
        size //= 2
    return facts


def minimal(document):
    """The same difference on the fewest facts."""
    kinds = {key[0] for key, *_ in differences(document)}

    def differs(candidate):
        return any(key[0] in kinds for key, *_ in differences(candidate))

    facts = facts_of(document)
    while len(smaller := fewest(facts, differs)) < len(facts):
        facts = smaller
    return document_of(facts)
