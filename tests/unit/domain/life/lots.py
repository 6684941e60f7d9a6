"""Lots of all accounts on one timeline: events first on their date, then buys, then transfers, then sells, in the order of their ids."""

from copy import deepcopy
from fractions import Fraction

from tests.unit.domain.life.arithmetic import minor
from tests.unit.domain.life.day_order import before
from tests.unit.domain.life.entitlements import bought, check, units_of
from tests.unit.domain.life.facts import Held, due_on
from tests.unit.domain.life.ledger import Ledger, Lot
from tests.unit.domain.life.lot_events import KEEPING, NotAdjusted, apply, date_of, keeps
from tests.unit.domain.life.reorganisation import new_securities
from tests.unit.domain.life.shorts import Owed, deal, sides
from tests.unit.domain.life.tax_currency import STAND_INS, exchanged, exchanged_event, factor, waiting_since
from tests.unit.domain.life.transfers import ENDS, is_covered, move
from tests.unit.domain.life.yields import REDEEMING, in_kind, is_last

BUYING = ("DVOP", "DRIP", "RHTS", "EXRI")


def folded(facts):
    """({account: Ledger} of accounts without a regime, ids of events that should have touched lots and could not)."""
    accounts, unadjusted = _accounts(facts), set()
    steps, late = _timeline(facts, accounts, unadjusted)
    ledgers = {account: _ledger(facts, account) for account in accounts}
    _run(facts, ledgers, [step for step in steps if (step[4], *step[:3]) not in late], unadjusted)
    for (account, _, kind, name), reason in late.items():
        if kind:
            ledgers[account].refused[name] = reason
        else:
            ledgers[account].waiting.add(name)
    return ledgers, unadjusted


def days_without_rate(facts):
    """Days, in order, of trades and events that lack the rate of an account's tax currency."""
    _, late = _timeline(facts, _accounts(facts), set())
    return sorted({on for (_, on, *_), reason in late.items() if reason == "missing_exchange_rate"})


def _accounts(facts):
    accounts = {each["safekeeping_account"] for each in (*facts.accounts.values(), *facts.trades, *facts.opening)}
    accounts |= {each[end] for each in facts.transfers for end in ENDS}
    return [each for each in sorted(accounts) if not facts.accounts.get(each, {}).get("lot_regime")]


def _timeline(facts, accounts, unadjusted):
    """([(day, kind, id, what, account)] of all accounts, {(account, day, kind, id): reason} of steps that wait for a rate)."""
    steps, late = _dealings(facts), {}
    for account in accounts:
        steps += [(*step, account) for step in _events(facts, account, unadjusted)]
        late |= _late(facts, account, [step for step in steps if step[4] == account])
    return steps, late


def _run(facts, ledgers, steps, unadjusted):
    for on, kind, name, what, account in sorted(steps, key=_place):
        if kind == 2:
            if all(what[end] in ledgers for end in ENDS):
                move(*(ledgers[what[end]] for end in ENDS), what)
        elif account in ledgers:
            _take(ledgers[account], on, kind, name, _in_tax_currency(facts, account, on, kind, what), unadjusted)


def _late(facts, account, steps):
    """{(account, day, kind, id): reason} of the account's trades and events that lack their rate, or wait for another one's."""
    if not facts.accounts.get(account, {}).get("tax_currency"):
        return {}
    turned = [(_isin(what), _credited(**what)) for _, kind, _, what, _ in steps if not kind]
    dealt = {_isin(what) for _, kind, _, what, _ in steps if kind or (what["due"] and what["due"]["entitled"])}
    own = _reached(dealt, turned)
    steps = sorted((step for step in steps if _isin(step[3]) in own), key=_place)
    ledger, lacking, unrated = _ledger(facts, account), [], set()
    for step in steps:
        on, kind, name, what, _ = step
        first, other = (_in_tax_currency(facts, account, on, kind, what, stand_in) for stand_in in STAND_INS)
        if first != other and (kind or _reckons_money(ledger, on, first, other)):
            lacking.append((on, _isin(what)))
            unrated.add(step[:3])
        _take(ledger, on, kind, name, first, set())
    links = [(old, new) for old, credited in turned for new in credited if old in own]
    since = waiting_since(lacking, links)
    touching = (step for step in steps if step[1] or not keeps(step[3]["event"], step[3]["option"]))
    late = {step[:3] for step in touching if step[0] >= since.get(_isin(step[3]), "9999")}
    return {(account, *each): "missing_exchange_rate" if each in unrated else "awaits_exchange_rate" for each in late}


def _reckons_money(ledger, on, first, other):
    """Whether an event leaves other lots, or rows, behind at another rate."""
    told = []
    for what in (first, other):
        tried = deepcopy(ledger)
        _take(tried, on, 0, "", what, set())
        told.append([(side.lots, side.realised) for side in sides(tried)])
    return told[0] != told[1]


def _isin(what):
    return what["event"]["isin"] if "event" in what else what["isin"]


def _place(step):
    return step[:3] if step[1] else (step[0], 0, "")


def _in_tax_currency(facts, account, on, kind, what, otherwise=1):
    """What a step does, at the rate of its day, or at a stand-in where it has none."""
    into = facts.accounts.get(account, {}).get("tax_currency")
    currency = (what if kind else what["option"]).get("currency", into)
    if not into or currency == into:
        return what
    worth = factor(facts, currency, into, on) or otherwise
    return exchanged(what, worth) if kind else exchanged_event(what, worth)


def _dealings(facts):
    """[(date, kind, id, record, account)] of purchases, of transfers, which are of two accounts, and of sales."""
    dealt = [(each["trade_date"], 1 if each["side"] == "BUY" else 3, each["trade_id"], each, each["safekeeping_account"])
             for each in facts.trades]  # fmt: skip
    moved = [each for each in facts.transfers if is_covered(facts, each)]
    return dealt + [(each["transfer_date"], 2, each["transfer_id"], each, "") for each in moved]


def _events(facts, account, unadjusted):
    """The account's steps of events, in order; those of securities that it can have no lots of order nothing. Adds to `unadjusted`."""
    steps, waiting = [], set()
    for event in facts.standing():
        try:
            steps += _effects(facts, event, account)
        except (Held, NotAdjusted):
            waiting.add(event["corporate_action_event_id"])
    turned = [(what["event"]["isin"], _credited(**what)) for _, _, _, what in steps]
    own = _reached(_own(facts, account), turned)
    given = {each["isin"] for each in facts.transfers if account in [each[end] for end in ENDS]}
    named = _reached(own | given, turned)
    unadjusted |= {event for event in waiting if facts.events[event]["isin"] in named}
    others = [step for step in steps if step[3]["event"]["isin"] in named - own]
    return in_order([step for step in steps if step[3]["event"]["isin"] in own]) + others


def _own(facts, account):
    """Securities that the account dealt in, had, bought by an event or was given."""
    isins = {each["isin"] for each in (*facts.trades, *facts.opening) if each["safekeeping_account"] == account}
    isins |= {each["isin"] for each in facts.transfers if each[ENDS[1]] == account and is_covered(facts, each)}
    bought = [event for event in facts.standing() if event["event_type"] in BUYING]
    return isins | {event["isin"] for event in bought if _is_entitled(facts, event, account)}


def _reached(isins, turned):
    """Securities, and those that events turn them into."""
    while new := {isin for old, isins_out in turned if old in isins for isin in isins_out} - isins:
        isins = isins | new
    return isins


def _take(ledger, on, kind, name, what, unadjusted):
    if kind == 0:
        for side in sides(ledger):
            try:
                apply(side, on, **what)
            except NotAdjusted:
                unadjusted.add(name)
        return
    per = 100 if what.get("price_type") == "PRCT" else 1
    amount = minor(Fraction(what["settlement_amount"]) - Fraction(what.get("accrued_interest", 0))
                   if what.get("settlement_amount") is not None
                   else Fraction(what["quantity"]) * Fraction(what["price"]) / per)  # fmt: skip
    if ledger.owed:
        deal(ledger, what, amount)
    else:
        (ledger.buy if kind == 1 else ledger.sell)(what, amount)


def _ledger(facts, account):
    record = facts.accounts.get(account, {})
    method = record.get("relief_method", "FIFO")
    ledger = Ledger(method)
    ledger.owed = Owed(method) if record.get("short_positions") else None
    ledger.lots += _opening(facts, account)
    return ledger


def _opening(facts, account):
    for each in facts.opening:
        if each["safekeeping_account"] == account:
            day, quantity = each["acquisition_date"], Fraction(each["quantity"])
            since, basis = each.get("holding_period_start", day), Fraction(each["cost_basis"])
            yield Lot(each["lot_id"], None, each["isin"], day, since, quantity, basis, "OPENING")


def _is_entitled(facts, event, account):
    """Whether the account's entitlement of the event stands."""
    try:
        on = due_on(event)
        held = facts.holdings(event["isin"], on).get(account, Fraction(0)) if on else Fraction(0)
        return any(bought(facts, event, account, held))
    except Held:
        return False


def _credited(event, option, **_):
    """The securities that an option gives."""
    rights = option.get("isin_intermediate")
    given = event["event_type"] != "RHTS" or option["option_type"] in ("EXER", "SLLE")
    further = [each["isin"] for each in option.get("securities_movements", ())]
    return {option.get("isin_out") or event["isin"], *further, *([rights] if rights and given else [])}


def in_order(steps):
    """Steps of events by day, and by the order of the day."""
    in_order = []
    for on in sorted({step[0] for step in steps}):
        events = {}
        for _, _, name, what in (step for step in steps if step[0] == on):
            events.setdefault(name, []).append(what)
        names = sorted(events)
        while names:
            first = next(name for name in names if not any(before(events, other, name) for other in names))
            in_order += [(on, 0, first, what) for what in events[first]]
            names.remove(first)
    return in_order


def _effects(facts, event, account):
    """[(date, 0, event id, what to apply)] in the order of the options."""
    kind = event["event_type"]
    if kind in KEEPING:
        return []
    on = due_on(event)
    held = facts.holdings(event["isin"], on).get(account, Fraction(0)) if on else Fraction(0)
    shares, due = _shares(facts, event, account, held)
    if kind in REDEEMING and shares:
        check(event)
    for option, _ in shares if kind == "LIQU" else ():
        if brought := in_kind(event, option):
            new_securities(*brought, is_last(option))
    allocates = any(each.get("allocate_basis_to_rights") for each in facts.elections_of(event, account))
    whole = {each["option_number"]: share for each, share in shares}
    return [
        (date_of(event, option), 0, event["corporate_action_event_id"],
         {"event": event, "option": facts.own(event, option, account, held, share * held), "share": share, "due": due.get(option["option_number"]),
          "allocates": allocates and bool(due or held), "shares": whole})
        for option, share in shares
    ]  # fmt: skip


def _shares(facts, event, account, held):
    """([(option, its share of what the account may instruct)], {option number: figures of its entitlement})."""
    options = event["options"]
    chosen = event["mandatory_voluntary"] != "MAND" or len(options) > 1
    if held and (chosen or event["event_type"] in (*BUYING, "RHDI")):
        due = bought(facts, event, account, held) if event["event_type"] in BUYING else {}
        units = units_of(event, held)
        taken = facts.taken(event, account, units)
        numbers = [each for each in options if taken.get(each["option_number"])]
        return [(each, taken[each["option_number"]] / units) for each in numbers if units], due
    if event["mandatory_voluntary"] == "VOLU":
        return [], {}
    default = [each for each in options if each.get("is_default_option") or len(options) == 1]
    return [(each, Fraction(1)) for each in default[:1]], {}
