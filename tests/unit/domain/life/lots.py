"""Lots of an account: events first on their date, then buys, then sells, in the order of their ids."""

from fractions import Fraction

from tests.unit.domain.life.arithmetic import minor
from tests.unit.domain.life.entitlements import bought, units_of
from tests.unit.domain.life.facts import Held, due_on
from tests.unit.domain.life.ledger import Ledger, Lot
from tests.unit.domain.life.lot_events import KEEPING, NotAdjusted, apply, date_of

BUYING = ("DVOP", "DRIP", "RHTS", "EXRI")


def folded(facts, account):
    """(Ledger, ids of events that should have touched the lots and could not)."""
    ledger, unadjusted = Ledger(facts.accounts.get(account, {}).get("relief_method", "FIFO")), set()
    for each in facts.opening:
        if each["safekeeping_account"] == account:
            day = each["acquisition_date"]
            since = each.get("holding_period_start", day)
            lot = Lot(
                each["lot_id"],
                None,
                each["isin"],
                day,
                since,
                Fraction(each["quantity"]),
                Fraction(each["cost_basis"]),
                "OPENING",
            )
            ledger.lots.append(lot)
    steps = []
    for event in facts.standing():
        try:
            steps += _effects(facts, event, account)
        except (Held, NotAdjusted):
            unadjusted.add(event["corporate_action_event_id"])
    for trade in facts.trades:
        if trade["safekeeping_account"] == account:
            steps.append((trade["trade_date"], 1 if trade["side"] == "BUY" else 2, trade["trade_id"], trade))
    for on, kind, name, what in sorted(steps, key=lambda step: step[:3]):
        if kind == 0:
            try:
                apply(ledger, on, **what)
            except NotAdjusted:
                unadjusted.add(name)
            continue
        per = 100 if what.get("price_type") == "PRCT" else 1
        amount = minor(Fraction(what["settlement_amount"]) - Fraction(what.get("accrued_interest", 0))
                       if what.get("settlement_amount")
                       else Fraction(what["quantity"]) * Fraction(what["price"]) / per)  # fmt: skip
        (ledger.buy if kind == 1 else ledger.sell)(what, amount)
    return ledger, unadjusted


def _effects(facts, event, account):
    """[(date, 0, event id, what to apply)] in the order of the options."""
    kind = event["event_type"]
    if kind in KEEPING:
        return []
    on = due_on(event)
    held = facts.holdings(event["isin"], on).get(account, Fraction(0)) if on else Fraction(0)
    shares, due = _shares(facts, event, account, held)
    allocates = any(each.get("allocate_basis_to_rights") for each in facts.elections
                    if each["corporate_action_event_id"] == event["corporate_action_event_id"]
                    and each["safekeeping_account"] == account)  # fmt: skip
    whole = {each["option_number"]: share for each, share in shares}
    return [
        (date_of(event, option), 0, event["corporate_action_event_id"],
         {"event": event, "option": option, "share": share, "due": due.get(option["option_number"]),
          "allocates": allocates and bool(due or held), "shares": whole})
        for option, share in shares
    ]  # fmt: skip


def _shares(facts, event, account, held):
    """([(option, its share of what the account may instruct)], {option number: figures of its entitlement})."""
    options = event["options"]
    chosen = event["mandatory_voluntary"] != "MAND" or len(options) > 1
    if held > 0 and (chosen or event["event_type"] in (*BUYING, "RHDI")):
        due = bought(facts, event, account, held) if event["event_type"] in BUYING else {}
        units = units_of(event, held)
        taken = facts.taken(event, account, units)
        numbers = [each for each in options if taken.get(each["option_number"])]
        return [(each, taken[each["option_number"]] / units) for each in numbers if units], due
    if event["mandatory_voluntary"] == "VOLU":
        return [], {}
    default = [each for each in options if each.get("is_default_option") or len(options) == 1]
    return [(each, Fraction(1)) for each in default[:1]], {}
