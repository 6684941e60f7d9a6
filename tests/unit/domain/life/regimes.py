"""Accounts under UK share matching and US wash sales, for the references `life.uk` and `life.wash_sales`.

Those of the US deal in a security that events only give another ISIN, and move it to each other; those of the UK also have splits, with a
new ISIN or without, bonus issues and their fractions, capital distributions, and rights that are sold nil paid in the market.
"""

from fractions import Fraction

from tests.unit.domain.life import wash_sales
from tests.unit.domain.life.arithmetic import ratio
from tests.unit.domain.life.calendars import derived_ex_date
from tests.unit.domain.life.lot_events import date_of
from tests.unit.domain.life.lots import in_order
from tests.unit.domain.life.transfers import ENDS, is_covered
from tests.unit.domain.life.uk import Step, Terms, reckoned
from tests.unit.domain.life.world import NEW_ISIN, UK_RIGHTS, UK_SHARE, US_SHARE, day, number


def regime_accounts(facts):
    """{account: regime}."""
    return {number: each["lot_regime"] for number, each in facts.accounts.items() if each.get("lot_regime")}


def owners_of(facts):
    """{id of a trade or covered transfer: account that sells or gives}."""
    moved = {each["transfer_id"]: each[ENDS[0]] for each in facts.transfers if is_covered(facts, each)}
    return moved | {each["trade_id"]: each["safekeeping_account"] for each in facts.trades}


def of_reference(facts):
    """{account: {key: value}}: what each sale cost by its rule or lot, what is left, and the sales refused."""
    found = {}
    for account, regime in regime_accounts(facts).items():
        dealt = [each for each in facts.trades if each["safekeeping_account"] == account]
        if regime == "UK_SHARE_MATCHING":
            found[account] = _uk(dealt, facts)
    ledgers, refused = wash_sales_of(facts)
    for account, ledger in ledgers.items():
        found[account] = _us(ledger) | {("refused", each): True for each in refused[account]}
    return found


def wash_sales_of(facts):
    """What `wash_sales.reckoned` says of all accounts under US wash sales."""
    accounts = [account for account, regime in regime_accounts(facts).items() if regime == "US_WASH_SALE"]
    changes = [
        (number(on), name, US_SHARE, what["option"]["isin_out"]) for on, _, name, what in _events_of(facts, US_SHARE)
    ]
    return wash_sales.reckoned(facts, accounts, changes)


def _uk(dealt, facts):
    steps = [
        Step(number(on), 0, name, UK_SHARE, terms=_terms(**what)) for on, _, name, what in _events_of(facts, UK_SHARE)
    ]
    for each in dealt:
        kind = 3 if each["isin"] == UK_RIGHTS else 1 if each["side"] == "BUY" else 2
        units, cents = Fraction(each["quantity"]), Fraction(each["price"]) * 100
        steps.append(Step(number(each["trade_date"]), kind, each["trade_id"], each["isin"], units, cents))
    rows, pools, rights, refused = reckoned(steps)
    said = {("realised", *key): cost for key, cost in rows.items()}
    said |= {("left", isin): (pools[isin].units, pools[isin].cost) for isin in (UK_SHARE, NEW_ISIN[UK_SHARE])}
    return said | {("rights",): rights} | {("refused", each): True for each in refused}


def _us(ledger):
    said = {("realised", *key): tuple(value) for key, value in ledger.result.items()}
    for share in ledger.shares:
        units, cost, _ = said.get(("lot", share.lot), (0, 0, 0))
        said["lot", share.lot] = (units + 1, cost + share.cost, day(share.since))
    return said


def of_product(facts, result):
    """The same of the product."""
    found = {account: {} for account in regime_accounts(facts)}
    owners = owners_of(facts)
    for row in result["realised"]:
        if row["safekeeping_account"] in found:
            _add(found[row["safekeeping_account"]], row)
    for account, regime in regime_accounts(facts).items():
        lots = [row for row in result["tax_lots"] if row["safekeeping_account"] == account]
        if regime == "UK_SHARE_MATCHING":
            for isin in (UK_SHARE, NEW_ISIN[UK_SHARE]):
                shares = [row for row in lots if row["isin"] == isin]
                cost = sum(Fraction(row["cost_basis"]) * 100 for row in shares)
                found[account]["left", isin] = sum(map(_units, shares)), cost
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


def _events_of(facts, isin):
    """Steps of what is announced of a security of accounts under a regime, dividends left out, in the order of its days."""
    events = [
        each
        for each in facts.standing()
        if each["isin"] == isin
        and each["event_type"] != "DVCA"
        and (each.get("ex_date") or each.get("effective_date") or derived_ex_date(each))
    ]
    steps = [(date_of(each, each["options"][0]), 0, each["corporate_action_event_id"],
              {"event": each, "option": each["options"][0]}) for each in events]  # fmt: skip
    return in_order(steps)


def _terms(event, option):
    price = Fraction(event.get("market_prices", {}).get(UK_SHARE, 0)) * 100
    if event["event_type"] == "CAPD":
        return Terms(rate=Fraction(option["gross_rate"]) * 100, worth=price)
    kept = 1 if option.get("additional_for_existing") else 0
    terms = ratio(option.get("new_to_old") or option["additional_for_existing"])
    if event["event_type"] == "RHDI":
        return Terms(rights=terms)
    in_lieu = Fraction(option.get("cash_in_lieu_price", 0)) * 100
    return Terms(kept, terms, option["fraction_disposition"], in_lieu, into=option.get("isin_out"))
