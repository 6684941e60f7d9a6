"""Accounts under UK share matching and US wash sales, for the references `life.uk` and `lot_references.us`.

Those of the US deal in a security that no event touches; those of the UK also have splits, bonus issues and their fractions, capital
distributions, and rights that are sold nil paid in the market.
"""

from datetime import date, timedelta
from fractions import Fraction

from tests.unit.domain import lot_references
from tests.unit.domain.life.arithmetic import ratio
from tests.unit.domain.life.calendars import derived_ex_date
from tests.unit.domain.life.lot_events import date_of
from tests.unit.domain.life.lots import in_order
from tests.unit.domain.life.uk import Step, Terms, reckoned
from tests.unit.domain.life.world import FIRST, UK_RIGHTS, UK_SHARE
from tests.unit.domain.lot_references import Dealing


def regime_accounts(facts):
    """{account: regime}."""
    return {number: each["lot_regime"] for number, each in facts.accounts.items() if each.get("lot_regime")}


def of_reference(facts):
    """{account: {key: value}}: what each sale cost by its rule or lot, what is left, and the sales refused."""
    found = {}
    for account, regime in regime_accounts(facts).items():
        dealt = [each for each in facts.trades if each["safekeeping_account"] == account]
        if regime == "UK_SHARE_MATCHING":
            found[account] = _uk(dealt, facts)
            continue
        dealings = [Dealing(each["side"].lower(), each["trade_id"], *_dealt(each)) for each in dealt]
        kept = {each.id for each in lot_references.accepted(dealings)}
        said = _us(dealings, facts.accounts[account].get("relief_method", "FIFO"))
        found[account] = said | {("refused", each["trade_id"]): True for each in dealt if each["trade_id"] not in kept}
    return found


def _uk(dealt, facts):
    steps = uk_events(facts)
    for each in dealt:
        kind = (1 if each["side"] == "BUY" else 2) if each["isin"] == UK_SHARE else 3
        steps.append(Step(_number(each["trade_date"]), kind, each["trade_id"], *_dealt(each)[1:]))
    rows, pool, rights, refused = reckoned(steps)
    said = {("realised", *key): cost for key, cost in rows.items()}
    said |= {("left",): (pool.units, pool.cost), ("rights",): rights}
    return said | {("refused", each): True for each in refused}


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
        if regime == "UK_SHARE_MATCHING":
            shares = [row for row in lots if row["isin"] == UK_SHARE]
            found[account]["left",] = (
                sum(map(_units, shares)),
                sum(Fraction(row["cost_basis"]) * 100 for row in shares),
            )
            found[account]["rights",] = sum(_units(row) for row in lots if row["isin"] == UK_RIGHTS)
            continue
        for row in lots:
            if row["quantity"] != "0":
                cost = Fraction(row["cost_basis"]) * 100
                found[account]["lot", row["lot_id"]] = (_units(row), cost, row["holding_period_start"])
    for row in result["rejected"]:
        if owners.get(row["record_id"]) in found:
            found[owners[row["record_id"]]]["refused", row["record_id"]] = True
    return found


def _add(said, row):
    cost = Fraction(row["cost_basis"]) * 100
    if row["disallowed_loss"] is None:
        key = ("realised", row["closed_by"], row["matched_by"] or "")
        said[key] = said.get(key, 0) + cost
        return
    key = ("realised", row["closed_by"], row["lot_id"])
    more = Fraction(row["quantity"]), cost, Fraction(row["disallowed_loss"]) * 100
    said[key] = tuple(a + b for a, b in zip(said.get(key, (0, 0, 0)), more, strict=True))


def _units(row):
    terms = row["quantity_ratio"]
    return ratio(terms) if terms else Fraction(row["quantity"])


def uk_events(facts):
    """Steps of what is announced of the security of UK accounts, in the order of its days."""
    events = [
        each
        for each in facts.standing()
        if each["isin"] == UK_SHARE
        and each["event_type"] in ("SPLF", "SPLR", "BONU", "CAPD", "RHDI")
        and (each.get("ex_date") or each.get("effective_date") or derived_ex_date(each))
    ]
    steps = [(date_of(each, each["options"][0]), 0, each["corporate_action_event_id"],
              {"event": each, "option": each["options"][0]}) for each in events]  # fmt: skip
    return [Step(_number(on), 0, name, terms=_terms(**what)) for on, _, name, what in in_order(steps)]


def _terms(event, option):
    price = Fraction(event.get("market_prices", {}).get(UK_SHARE, 0)) * 100
    if event["event_type"] == "CAPD":
        return Terms(rate=Fraction(option["gross_rate"]) * 100, worth=price)
    kept = 1 if option.get("additional_for_existing") else 0
    terms = ratio(option.get("new_to_old") or option["additional_for_existing"])
    if event["event_type"] == "RHDI":
        return Terms(rights=terms)
    in_lieu = Fraction(option.get("cash_in_lieu_price", 0)) * 100
    return Terms(kept, terms, option["fraction_disposition"], in_lieu)


def _dealt(trade):
    return _number(trade["trade_date"]), Fraction(trade["quantity"]), Fraction(trade["price"]) * 100


def _number(day):
    return (date.fromisoformat(day) - FIRST).days
