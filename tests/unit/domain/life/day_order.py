"""Which of two events of a day comes first (domain rules, "Order within a day"): pairs are settled rule by rule, each once."""

from itertools import permutations

from tests.unit.domain.life.yields import is_last

_DISTRIBUTES = ("DVCA", "DVOP", "DRIP", "DVSE", "BONU", "SOFF", "RHTS", "RHDI", "CAPD", "ACCU", "INTR", "LIQU")


def _recorded(one, other):
    return bool(one["record_date"] and other["record_date"]) and one["record_date"] < other["record_date"]


def _distributes(one, other):
    return one["isin"] == other["isin"] and one["distributes"] and not other["distributes"]


def _credits(one, other):
    return one["isin"] != other["isin"] and other["isin"] in one["credits"]


def before(events, first, second, links=()):
    """True if the event named `first` comes before `second`; `events` are {name: [its options' steps]} of one day, `links` settled pairs."""
    told = {name: _told(steps) for name, steps in events.items()}
    pairs = set(links)
    for rule in (_recorded, _distributes, _credits):
        for one, other in permutations(sorted(told), 2):
            open_still = not _leads(pairs, one, other) and not _leads(pairs, other, one)
            if open_still and rule(told[one], told[other]):
                pairs.add((one, other))
    return _leads(pairs, first, second)


def _told(steps):
    event = steps[0]["event"]
    options = [step["option"] for step in steps]
    credits = {option.get("isin_out") or event["isin"] for option in options}
    credits |= {
        move["isin"]
        for option in options
        for move in option.get("securities_movements", ())
        if move.get("credit_debit_indicator", "CRED") == "CRED"
    }
    if event["event_type"] == "RHDI" or any(
        option.get("option_type") in ("EXER", "SLLE", "BUYA") for option in options
    ):
        credits |= {option.get("isin_intermediate") for option in event["options"]} - {None}
    return {
        "isin": event["isin"],
        "record_date": event.get("record_date"),
        "distributes": event["event_type"] in _DISTRIBUTES and not any(is_last(option) for option in options),
        "credits": credits,
    }


def _leads(pairs, first, second):
    reached = {other for one, other in pairs if one == first}
    while more := {other for one, other in pairs if one in reached} - reached:
        reached |= more
    return second in reached
