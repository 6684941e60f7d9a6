"""Lots become, or gain, other securities: splits, distributions, exchanges, rights handed out (domain rules, "Securities" and "Lots")."""

from dataclasses import dataclass
from fractions import Fraction

from tests.unit.domain.life.arithmetic import disposed, minor, multiples, ratio, shared_out
from tests.unit.domain.life.facts import is_tendered
from tests.unit.domain.life.yields import cash_per_unit, number, price_of_class


class NotAdjusted(Exception):
    """The notice does not say how."""


@dataclass
class New:
    """One new security: units for each old one that is taken up, and the part of the basis that goes with it."""

    isin: str
    ratio: Fraction
    basis: Fraction
    price: Fraction | None = None


def reorganised(ledger, on, event, option, share, rights=None, allocates=False):
    """Every lot acquired before turns; then the account's fraction is disposed of once. `rights`: the option that hands them out."""
    event_id, gives_up = event["corporate_action_event_id"], bool(option.get("new_to_old")) and rights is None
    news = _rights(event, rights, allocates) if rights else new_securities(event, option, gives_up)
    parents = ledger.before(event["isin"], on, event_id)
    if not parents:
        return
    held, units = ledger.share(event_id, parents, share)
    accepted, debited = _accepted(event, option, units, gives_up) if rights is None else (units, Fraction(0))
    code = option.get("fraction_disposition", "CINL" if event["event_type"] in ("DVOP", "DRIP") else "RDDN")
    code = "RDDN" if event["event_type"] == "RHTS" else code
    fates = [disposed(new.ratio * accepted, code) for new in news]
    price = number(option, "cash_in_lieu_price")
    price = number(option, "subscription_price") if price is None and event["event_type"] in ("DVOP", "DRIP") else price
    news[0].price = price
    if any(new.price is None and (fate[2] or fate[3]) for new, fate in zip(news, fates, strict=True)):
        raise NotAdjusted("what a fraction costs is not said")
    cash = (cash_per_unit(option) or 0) * accepted + (number(option, "cash_for_unfilled") or 0) * (units - accepted)
    boots = shared_out(cash if gives_up else Fraction(0), [lot.units for lot in parents])
    made = [[] for _ in news]
    taxable = event.get("tax_treatment") == "TAXABLE" and rights is None
    taxable = taxable and not (gives_up and ledger.owes)  # an exchange closes no short (US Treas. Reg. 1.1233-1(a)(1))
    for lot, boot in zip(parents, boots, strict=True):
        for children, child in zip(
            made,
            _turned(ledger, on, event, lot, debited / held, accepted / held, news, boot, share, taxable),
            strict=True,
        ):
            children.append(child)
    for new, children, fate in zip(news, made, fates, strict=True):
        _fraction(ledger, on, event_id, new.ratio * accepted, children, fate, new.price)


def _accepted(event, option, units, gives_up):
    """(taken up, old ones that go)."""
    prorated = number(option, "proration_rate")
    accepted = units if prorated is None else units * prorated / 100
    if is_tendered(event):
        of = number(option, "minimum_exercisable_multiple") or (0 if prorated is None else 1)
        return accepted, multiples(accepted, of, option.get("fraction_disposition", ""))
    return accepted, units if gives_up else Fraction(0)


def new_securities(event, option, gives_up):
    """What comes, with its part of the basis. Raises NotAdjusted."""
    own = option.get("isin_out") or event["isin"]
    per_unit = option.get("new_to_old") or option.get("additional_for_existing")
    each = ratio(per_unit) if per_unit else cash_per_unit(option) / number(option, "subscription_price")
    news = [New(own, each, Fraction(0))]
    for other in option.get("securities_movements", ()):
        if other["isin"] != own:
            news.append(New(other["isin"], ratio(other["ratio"]), Fraction(0), price_of_class(event, other)))
    prices = {isin: Fraction(price) for isin, price in event.get("market_prices", {}).items()}
    paid = cash_per_unit(option) or number(option, "cash_for_unfilled")
    taxable = event.get("tax_treatment") == "TAXABLE"
    if (taxable or (gives_up and paid)) and any(new.isin not in prices for new in news):
        raise NotAdjusted("what comes is worth is not said")
    if taxable and not gives_up:
        return news
    stays = 0 if gives_up else 1
    if len(news) == 1 and (gives_up or own == event["isin"]):
        news[0].basis = Fraction(1)
    elif len(news) == 1 and option.get("cost_basis_allocation") is not None:
        news[0].basis = number(option, "cost_basis_allocation") / 100
    else:
        _by_value(event, news, stays, prices)
    return news


def _by_value(event, news, stays, prices):
    """Parts of the basis follow market values; old shares that stay count too."""
    if any(isin not in prices for isin in [event["isin"]] * stays + [new.isin for new in news]):
        raise NotAdjusted("neither an allocation nor prices")
    total = sum(new.ratio * prices[new.isin] for new in news) + stays * prices.get(event["isin"], 0)
    for new in news:
        new.basis = (new.ratio + (stays if new.isin == event["isin"] else 0)) * prices[new.isin] / total


def _rights(event, option, allocates):
    """15 % of the shares' value or the holder's choice gives rights basis (US IRC 307(b)); a given allocation wins."""
    isin = (
        option.get("isin_intermediate")
        if event["event_type"] == "RHTS"
        else option.get("isin_out") or option["isin_intermediate"]
    )
    terms = option.get("intermediate_to_underlying") if event["event_type"] == "RHTS" else None
    terms = terms or option.get("additional_for_existing") or option.get("intermediate_to_underlying")
    each = ratio(terms) if terms else Fraction(1)
    prices = event.get("market_prices", {})
    if option.get("cost_basis_allocation") is not None:
        return [New(isin, each, number(option, "cost_basis_allocation") / 100)]
    if isin not in prices or event["isin"] not in prices:
        if allocates:
            raise NotAdjusted("prices are needed")
        return [New(isin, each, Fraction(0))]
    worth, shares = each * Fraction(prices[isin]), Fraction(prices[event["isin"]])
    takes = allocates or worth >= shares * Fraction(15, 100)
    return [New(isin, each, worth / (worth + shares) if takes else Fraction(0))]


def _turned(ledger, on, event, lot, gone, taken_up, news, boot, share, taxable):
    """The children of one lot, one for each new security."""
    event_id = event["corporate_action_event_id"]
    units, parts = lot.units, [lot.units * taken_up * new.ratio for new in news]
    if not taxable and not boot and lot.isin in [new.isin for new in news]:
        costs = shared_out(lot.basis_of(units * gone) if gone else lot.basis * share, [new.basis for new in news])
        kept = lot.basis - sum(cost for cost, new in zip(costs, news, strict=True) if new.isin != lot.isin)
        made = [(units - units * gone + part, kept) if new.isin == lot.isin else (part, cost)
                for part, cost, new in zip(parts, costs, news, strict=True)]  # fmt: skip
        lot.take(lot.units, lot.basis)
        return [ledger.child(lot, event_id, new.isin, *each) for each, new in zip(made, news, strict=True)]
    worth = [
        part * Fraction(event.get("market_prices", {}).get(new.isin, 0)) for part, new in zip(parts, news, strict=True)
    ]
    if taxable:
        values = [minor(each) for each in worth]
        if gone:
            ledger.realise([(lot, units * gone)], boot + sum(values), on, event_id)
        day = {"acquired": on, "since": on}
        return [
            ledger.child(lot, event_id, new.isin, part, value, **day)
            for new, part, value in zip(news, parts, values, strict=True)
        ]
    moved = lot.basis_of(units * gone) if gone else minor(lot.basis * share * sum(new.basis for new in news))
    lot.take(units * gone, moved)
    if boot and ledger.owes:
        moved -= boot
    elif boot:
        gain = min(max(minor(boot + sum(worth) - moved), Fraction(0)), boot)
        ledger.row(lot, Fraction(0), boot, boot - gain, on, event_id)
        moved -= boot - gain
    costs = shared_out(moved, [new.basis for new in news])
    return [
        ledger.child(lot, event_id, new.isin, part, cost) for new, part, cost in zip(news, parts, costs, strict=True)
    ]


def _fraction(ledger, on, event_id, exact, children, fate, price):
    credited, _, sold, completed = fate
    youngest_first = sorted(children, key=lambda lot: (lot.acquired, lot.id), reverse=True)
    if sold:
        ledger.realise(ledger.choose(children, sold), minor(sold * price), on, event_id)
    elif credited > exact:
        youngest_first[0].units += credited - exact
        youngest_first[0].basis += minor(completed * price) if completed else 0
    elif credited < exact:
        for lot, part in ledger.choose(children, exact - credited):
            _dropped(ledger, on, event_id, lot, part, youngest_first)


def _dropped(ledger, on, event_id, lot, part, youngest_first):
    """A fraction goes for nothing: its basis stays in the lot, or goes to the youngest one left, else it is lost."""
    heirs = [each for each in youngest_first if each.units and each is not lot]
    if part < lot.units:
        lot.units -= part
    elif heirs:
        heirs[0].basis += lot.basis
        lot.take(lot.units, lot.basis)
    else:
        ledger.realise([(lot, part)], Fraction(0), on, event_id)
