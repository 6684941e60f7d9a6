"""Accounts under UK share matching and US wash sales: their dealings, for the references of `lot_references`.

They deal in securities that no event touches but, under UK share matching, splits and bonus issues whose fractions stay: dealings before one
are told in shares of after it, at the same cost.
"""

from datetime import date, timedelta
from fractions import Fraction

from tests.unit.domain import lot_references
from tests.unit.domain.life.arithmetic import ratio
from tests.unit.domain.life.calendars import derived_ex_date
from tests.unit.domain.life.world import FIRST, UK_SHARE


def regime_accounts(facts):
    """{account: regime}."""
    return {number: each["lot_regime"] for number, each in facts.accounts.items() if each.get("lot_regime")}


def of_reference(facts):
    """{account: {key: value}}: what each sale cost by its rule or lot, what is left, and the sales refused."""
    found = {}
    for account, regime in regime_accounts(facts).items():
        dealt = [each for each in facts.trades if each["safekeeping_account"] == account]
        uk = regime == "UK_SHARE_MATCHING"
        dealings = _dealings(dealt, _splits(facts) if uk else [])
        said = _uk(dealings) if uk else _us(dealings, facts.accounts[account].get("relief_method", "FIFO"))
        kept = {each.id for each in lot_references.accepted(dealings)}
        found[account] = said | {("refused", each["trade_id"]): True for each in dealt if each["trade_id"] not in kept}
    return found


def _uk(dealings):
    rows, pool = lot_references.uk(dealings)
    return {("realised", *key): cost for key, (_, cost) in rows.items()} | {("left",): (pool.units, pool.cost)}


def _us(dealings, method):
    whole = [each._replace(units=int(each.units)) for each in dealings]
    rows, shares = lot_references.us(whole, method)
    said = {("realised", *key): tuple(value) for key, value in rows.items()}
    for share in shares:
        units, cost, _ = said.get(("lot", share.lot), (0, 0, 0))
        said["lot", share.lot] = (units + 1, cost + share.cost, (FIRST + timedelta(share.since)).isoformat())
    return said


def of_product(facts, result):
    """The same of the product."""
    found = {account: {} for account in regime_accounts(facts)}
    owners = {each["trade_id"]: each["safekeeping_account"] for each in facts.trades}
    for row in result["realised"]:
        if row["safekeeping_account"] in found:
            _add(found[row["safekeeping_account"]], row)
    for account, regime in regime_accounts(facts).items():
        lots = [row for row in result["tax_lots"] if row["safekeeping_account"] == account]
        costs = [Fraction(row["cost_basis"]) * 100 for row in lots]
        if regime == "UK_SHARE_MATCHING":
            found[account]["left",] = (sum(map(_units, lots)), sum(costs))
            continue
        for row, cost in zip(lots, costs, strict=True):
            if row["quantity"] != "0":
                found[account]["lot", row["lot_id"]] = (_units(row), cost, row["holding_period_start"])
    for row in result["rejected"]:
        if owners.get(row["record_id"]) in found:
            found[owners[row["record_id"]]]["refused", row["record_id"]] = True
    return found


def _add(said, row):
    cost = Fraction(row["cost_basis"]) * 100
    if row["matched_by"]:
        key = ("realised", row["closed_by"], row["matched_by"])
        said[key] = said.get(key, 0) + cost
        return
    key = ("realised", row["closed_by"], row["lot_id"])
    more = Fraction(row["quantity"]), cost, Fraction(row["disallowed_loss"]) * 100
    said[key] = tuple(a + b for a, b in zip(said.get(key, (0, 0, 0)), more, strict=True))


def _units(row):
    terms = row["quantity_ratio"]
    return ratio(terms) if terms else Fraction(row["quantity"])


def _splits(facts):
    """[(day, factor)] of the security of UK accounts."""
    found = []
    for event in facts.standing():
        if event["isin"] == UK_SHARE and event["event_type"] in ("SPLF", "SPLR", "BONU"):
            (option,) = event["options"]
            kept = 1 if option.get("additional_for_existing") else 0
            terms = ratio(option.get("new_to_old") or option["additional_for_existing"])
            on = event.get("ex_date") or event.get("effective_date") or derived_ex_date(event)
            found += [(on, terms + kept)] if on else []
    return found


def _dealings(trades, splits):
    dealings = []
    for trade in trades:
        units, price = Fraction(trade["quantity"]), Fraction(trade["price"]) * 100
        for on, factor in splits:
            if trade["trade_date"] < on:
                units, price = units * factor, price / factor
        day = (date.fromisoformat(trade["trade_date"]) - FIRST).days
        dealings.append(lot_references.Dealing(trade["side"].lower(), trade["trade_id"], day, units, price))
    return dealings
