"""What is due now, to whom: every figure of an entitlement, from its Yield."""

from fractions import Fraction
from itertools import pairwise

from tests.unit.domain.life.arithmetic import disposed, minor, ratio
from tests.unit.domain.life.facts import Held, due_on, stands
from tests.unit.domain.life.tax import NO_TAX, withheld
from tests.unit.domain.life.yields import YIELDS, charge_per_unit, per_face, undrawn


def entitled(facts):
    """({(event, account, option): figures}, {(event, account or "", reason)} of what is held)."""
    rows, held = {}, set()
    for event in facts.standing():
        try:
            rows |= _of_event(facts, event, held)
        except Held as reason:
            held.add((event["corporate_action_event_id"], "", str(reason)))
    return rows, held


def reversed_rows(facts):
    """[(event, version, account, option, figures)] of every version that a CANC or WITH ended; the figures as they were."""
    rows, by_event = [], {}
    for version in facts.versions:
        by_event.setdefault(version["corporate_action_event_id"], {})[version["version"]] = version
    for event_id, versions in by_event.items():
        order = sorted(versions)
        for old, new in pairwise(order):
            if stands(versions[old]) and not stands(versions[new]):
                try:
                    found = _of_event(facts, versions[old], set())
                except Held:
                    continue
                rows += [(event_id, old, account, option, each) for (_, account, option), each in found.items()]
    return rows


def _of_event(facts, event, held):
    if not due_on(event):
        raise Held("missing_terms")
    check(event)
    rows, holdings = {}, facts.holdings(event["isin"], due_on(event))
    for (event_id, account, _), drawing in facts.drawings.items():
        if (
            event_id == event["corporate_action_event_id"]
            and Fraction(drawing["quantity"])
            and not holdings.get(account)
        ):
            held.add((event_id, account, "drawn_above_holding"))
    for account, units in holdings.items():
        try:
            for number, figures in bought(facts, event, account, units).items():
                rows[event["corporate_action_event_id"], account, number] = figures
        except Held as reason:
            held.add((event["corporate_action_event_id"], account, str(reason)))
    return rows


def check(event):
    """Whatever the holding, the terms must be there; of what is drawn, which is of each account, only those of interest. Raises Held."""
    for option in event["options"]:
        if event["event_type"] in ("DRAW", "PCAL"):
            if option.get("interest_period"):
                per_face(option)
        elif option["option_type"] not in ("NOAC", "LAPS"):
            YIELDS[event["event_type"]](event, option, Fraction(10**12))


def bought(facts, event, account, held):
    """{option number: figures} of one holding. Raises Held."""
    if not held:
        return {}
    if account not in facts.accounts:
        raise Held("unknown_account")
    options = {each["option_number"]: each for each in event["options"]}
    taken = facts.taken(event, account, units_of(event, held))
    return {
        number: (_figures if held > 0 else _owed)(
            facts, event, facts.own(event, options[number], account, held, units), facts.accounts[account], units
        )
        for number, units in taken.items()
        if units
    }


def _owed(facts, event, option, account, units):
    """What a holder of as many units gets gross, with the other sign; what is drawn by lot is drawn of holders."""
    if event["event_type"] in ("DRAW", "PCAL") and Fraction(option.get("drawn_quantity", 0)):
        raise Held(undrawn(event, option) or "drawn_above_holding")
    figures = _figures(facts, event, option, account, -units, is_taxed=False)
    currency, amount = figures["payment"]
    further = tuple((isin, -each) for isin, each in figures["further"])
    kept = {name: figures[name] for name in ("isin_out", "row", "components")}
    negated = {name: -each for name, each in figures.items() if isinstance(each, (int, Fraction))}
    return negated | kept | {"further": further, "payment": (currency, None if amount is None else -amount)}


def units_of(event, held):
    """What a holder may instruct: what he holds, or in a rights issue the whole rights that it brings; below zero what a short owes."""
    if held < 0:
        return -units_of(event, -held)
    terms = [each["intermediate_to_underlying"] for each in event["options"] if each.get("intermediate_to_underlying")]
    if event["event_type"] != "RHTS" or not terms or ratio(terms[0]) == 1:
        return held
    return Fraction(held * ratio(terms[0]) // 1)


def _figures(facts, event, option, account, units, is_taxed=True):
    got = YIELDS[event["event_type"]](event, option, units)
    currency = option.get("currency", "JPY")
    gross = minor(got.cash, currency)
    accrued = minor(got.interest or Fraction(0), currency)
    of, income = (gross, got.taxed) if got.interest is None else (accrued, True)
    rate, tax, parts, second, reclaim, used = (
        withheld(facts, event, option, account, of, income) if is_taxed else NO_TAX
    )
    net = gross - tax - second
    each, once = charge_per_unit(option, got.of_net or got.price), Fraction(option.get("charge_amount", 0))
    exact = max(net - once, 0) / (got.of_net + each) if got.of_net else got.securities or Fraction(0)
    credited, fraction, sold, completed = disposed(exact, got.disposition)
    sold = sold // got.whole * got.whole if got.whole else sold
    if got.of_net and once and not credited:
        raise Held("charges_leave_nothing")
    charges = minor(credited * each + once, currency) if credited else Fraction(0)
    in_lieu = _of_fraction(sold, completed, got.in_lieu + each if got.of_net else got.in_lieu, currency)
    for _, units_of_class, price in got.further:
        in_lieu += _of_fraction(*disposed(units_of_class, got.disposition)[2:], price, currency)
    paid = minor(credited * got.price, currency) if got.price else Fraction(0)
    amount = (net - gross if got.stays else 0 if got.of_net else net - charges) + in_lieu - paid
    return {
        "eligible": units, "debited": got.debited, "entitled": credited, "isin_out": got.isin,
        "fraction": fraction or got.left, "gross": gross, "tax_rate": rate, "tax": tax, "components": tuple(parts), "second": second,
        "reclaim": reclaim, "interest": accrued, "row": used, "net": net, "in_lieu": in_lieu, "subscription": paid, "charges": charges, "amount": amount,
        "further": tuple((isin, disposed(each, got.disposition)[0]) for isin, each, _ in got.further),
        "payment": _payment(option, account, amount),
    }  # fmt: skip


def _of_fraction(sold, completed, price, currency):
    """Paid for what is sold of one class, less what completes a unit."""
    if not (sold or completed):
        return Fraction(0)
    if price is None:
        raise Held("missing_terms")
    return minor((sold - completed) * price, currency)


def _payment(option, account, amount):
    """(currency, amount) paid; no amount where nothing leads to the account's currency."""
    own, wanted = option.get("currency"), account.get("payment_currency")
    if not own or not wanted or wanted == own:
        return own, amount if own else None
    exchange = option.get("exchange_rate")
    if not exchange or {exchange["unit_currency"], exchange["quoted_currency"]} != {own, wanted}:
        return own, None
    rate = Fraction(exchange["rate"])
    return wanted, minor(amount * rate if exchange["quoted_currency"] == wanted else amount / rate, wanted)
