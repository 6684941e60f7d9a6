"""Random documents, and the order in which their records arrive."""

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from random import Random

from domain.calculation import PARTS, calculate_document
from domain.numbers.exact import plain
from tests.unit.domain.life.living import document_of
from tests.unit.domain.life.world import day
from tests.unit.domain.test_random_life import METHODS as OF_LIVES
from tests.unit.domain.test_random_life import life_of, live

METHODS = {name: (method, regime) for name, (method, regime, own) in OF_LIVES.items() if not own}
"""Short positions and tax currencies are drawn beside them."""

CALENDARS = {"schema_version": 1, "version": "agreement", "calendars": {"XNYS": {
    "country": "US", "country_default": True, "timezone": "America/New_York", "weekend": [5, 6], "valid_from": day(0), "valid_to": day(1400),
    "holidays": [day(130)], "settlement_cycles": [{"valid_from": day(0), "valid_to": None, "days": 1}],
    "large_distribution": {"threshold_percent": "25", "ex_date": "NEXT_DAY_AFTER_PAYMENT"}, "source": "agreement",
}}}  # fmt: skip
"""Of the United States only: what needs a German calendar is held."""


def random_document(seed, steps=None):
    """Return a `calculate` document: accounts of two or three methods and regimes, trades that settle late, elections, corrections, payments
    that were confirmed, tax currencies with exchange rates, and now and then a replacement that says the same. `steps`: facts of the life
    (default 30 to 79)."""
    random = Random(f"agreement {seed}")
    life = life_of(f"agreement {seed}", random.sample(sorted(METHODS), random.choice([2, 2, 3])))
    live(life, steps or random.randrange(30, 80), agree=False)
    facts = [_changed(fact, sorted(life.accounts)) for fact in life.facts]
    facts += _revised(random, life.announcer, facts)
    facts += _pending(random, facts, sorted(life.accounts))
    facts += _rates(random, facts)
    paid = list(_confirmations(random, facts))
    return _document([*facts, *paid, *_repeated(random, facts, {fact["corporate_action_event_id"] for fact in paid})])


def _revised(random, announcer, facts):
    """Further versions of some events: replaced by other terms, cancelled or withdrawn."""
    for event_id, event in _last_versions(facts).items():
        for number in range(random.choice([0, 0, 1, 2])):
            own = {"corporate_action_event_id": event_id, "version": event["version"] + 1 + number}
            terms = announcer.event(event_id.split("-")[1]) | {"function": "REPL"}
            yield {
                "record_type": "corporate_action",
                **own,
                **random.choice([terms, terms, {"function": "CANC"}, {"function": "WITH"}]),
            }


def _pending(random, facts, accounts):
    """Purchases that wait for delivery across the deadline of a choice."""
    for event_id, event in sorted(_last_versions(facts).items()):
        deadline = event.get("protect_date") or event.get("response_deadline") or event.get("market_deadline")
        if deadline and random.random() < 0.2:
            dealt = date.fromisoformat(deadline[:10])
            days = {"trade_date": dealt - timedelta(2), "settlement_date": dealt + timedelta(3)}
            yield {
                "record_type": "trade",
                "trade_id": f"P-{event_id}",
                "safekeeping_account": random.choice(accounts),
                "isin": event["isin"],
                "side": "BUY",
                "quantity": "7",
                "price": "3",
                "currency": "USD",
                **{name: day.isoformat() for name, day in days.items()},
            }


def _rates(random, facts):
    """Rates of all days, or of most, on which lots may need one: direct or inverse, and some corrected."""
    known = random.choice([1, 0.97, 0.8])
    for tax_currency in sorted({fact["tax_currency"] for fact in facts if "tax_currency" in fact}):
        for currency, on in sorted(set(_money(facts))):
            if currency != tax_currency and random.random() < known:
                pair = random.choice([(currency, tax_currency), (tax_currency, currency)])
                rate = {
                    "record_type": "exchange_rate",
                    "base": pair[0],
                    "quote": pair[1],
                    "date": on,
                    "source": "agreement",
                }
                yield rate | {"rate": f"0.{random.randrange(100, 10_000):05}"}
                if random.random() < 0.05:
                    yield rate | {"rate": "1.5", "sequence": 1}


def _money(facts):
    """(currency, day) of trades, and of all that events may pay."""
    for fact in facts:
        if fact["record_type"] == "trade" and "isin" in fact:
            yield fact["currency"], fact["trade_date"]
        for option in fact.get("options", ()):
            days = {fact[name] for name in ("ex_date", "effective_date", "payment_date") if fact.get(name)}
            yield from ((option["currency"], on) for on in days if option.get("currency"))


def _last_versions(facts):
    return {
        fact["corporate_action_event_id"]: fact for fact in sorted(_versions(facts), key=lambda fact: fact["version"])
    }


def _repeated(random, facts, paid):
    """Versions that say the same as the last one; not of a paid event, of which history may differ: whether a payment was made before or after
    such a version `calculate` cannot know."""
    for event_id, event in _last_versions(facts).items():
        if event_id not in paid and event["function"] in ("NEWM", "REPL") and random.random() < 0.15:
            yield event | {"version": event["version"] + 1, "function": "REPL"}


def _versions(facts):
    return [fact for fact in facts if fact["record_type"] == "corporate_action"]


def _document(facts):
    document = document_of(facts)
    document["rules"]["market_calendars"] = CALENDARS
    return document


def _changed(fact, accounts):
    """Return a fact with what lives lack: the same change of the same fact."""
    random = Random(json.dumps(fact, sort_keys=True))
    if fact["record_type"] == "account":
        if random.random() < 0.15:
            method, regime = random.choice(sorted(METHODS.values()))
            fact = fact | {"relief_method": method} | ({"lot_regime": regime} if regime else {})
        fact = fact | {"short_positions": random.random() < 0.6}
        return fact | ({"tax_currency": random.choice(["EUR", "GBP", "JPY"])} if random.random() < 0.5 else {})
    if fact["record_type"] == "position" and random.random() < 0.2:
        return fact | {"settled_quantity": plain(-Decimal(fact["settled_quantity"]))}
    if fact.get("side") == "BUY" and random.random() < 0.15:
        fact = fact | {"side": "SELL"}
    if fact["record_type"] in ("trade", "election") and random.random() < 0.08:
        fact = fact | {"safekeeping_account": random.choice(accounts)}
    if fact["record_type"] != "trade" or "isin" not in fact or random.random() < 0.3:
        return fact
    due = date.fromisoformat(fact["trade_date"]) + timedelta(random.choice([1, 14, 30, 60]))
    settled = due + timedelta(random.choice([-1, 0, 3, 30]))
    rare = [{"trade_transaction_conditions": [code]} for code in ("CCPN", "XCPN", "NOMC")] + [
        {"matching_status": "NMAT"}
    ]
    more = [{}] * 6 + [{"effective_settlement_date": settled.isoformat()}] * 4 + rare
    return fact | {"settlement_date": due.isoformat()} | random.choice(more)


def _confirmations(random, facts):
    """Confirmations of what a version gave, most with its amount."""
    events = _versions(facts)
    for event_id in sorted({event["corporate_action_event_id"] for event in events}):
        version = random.choice(
            [event["version"] for event in events if event["corporate_action_event_id"] == event_id]
        )
        if random.random() < 0.5:
            yield from (_confirmation(random, row, version) for row in _given(facts, event_id, version))


def _given(facts, event_id, version):
    """The entitlements of a version of an event: of neither trades nor other events."""
    kept = [
        fact
        for fact in facts
        if (fact["record_type"] != "trade" and fact.get("corporate_action_event_id", event_id) == event_id)
        if fact.get("version", 0) <= version
    ]
    return calculate_document(_document(kept))["entitlements"]


def _confirmation(random, row, version):
    names = ("corporate_action_event_id", "safekeeping_account", "option_number")
    posted = random.choice([row["net_amount"], row["net_amount"], row["payment_amount"], "1.23"])
    amount = {"posting_amount": posted} if posted and Decimal(row["net_amount"]) else {}
    return {"record_type": "confirmation", **{name: row[name] for name in names}, "version": version, **amount}


def arrivals(document, seed):
    """Return the requests in which the records arrive: in any order, or (even seeds) versions one after the other with their confirmations, so
    that what was reversed on the way is what `calculate` says."""
    random = Random(seed)
    records = [{"record_type": kind, **raw} for part, kind in PARTS.items() for raw in document.get(part, ())]
    random.shuffle(records)
    turn = (lambda _: 0) if seed % 2 else _turn
    requests = []
    for _, group in groupby(sorted(records, key=turn), turn):
        together = list(group)
        while together:
            size = random.choice([3, 25, 60])
            requests.append(together[:size])
            together = together[size:]
    return requests


def _turn(record):
    """Everything else, then versions of events, each with its confirmations."""
    turns = {"corporate_action": 0, "confirmation": 1}
    return (record.get("version", 1), turns[record["record_type"]]) if record["record_type"] in turns else (-1, 0)
