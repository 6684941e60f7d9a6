"""Transfers: lots go from one account to another, none of them bought or sold, unless the transfer says so (domain rules, "Transfers")."""

from dataclasses import replace
from fractions import Fraction

from tests.unit.domain.life.arithmetic import minor, shared_out
from tests.unit.domain.life.calendars import later
from tests.unit.domain.life.ledger import is_long

ENDS = ("from_safekeeping_account", "to_safekeeping_account")


def uncovered(facts, transfer):
    """Why the lots stay where they are: an account is under UK share matching, or cost in one tax currency is none in the other; or None."""
    ends = [facts.accounts.get(transfer[end], {}) for end in ENDS]
    if any(each.get("lot_regime") == "UK_SHARE_MATCHING" for each in ends):
        return "lots_not_adjusted"
    return "currency_mismatch" if ends[0].get("tax_currency") != ends[1].get("tax_currency") else None


def is_covered(facts, transfer):
    """False if the lots stay where they are."""
    return uncovered(facts, transfer) is None


def move(giver, receiver, transfer):
    """The lots named, else those of the giver's method, or the transfer is refused whole."""
    on, name = transfer["transfer_date"], transfer["transfer_id"]
    taken = giver.wanted(transfer, on, transfer.get("lots"))
    if taken is None:
        giver.refused[name] = "insufficient_lots"
        return
    if any(receiver.named(f"{lot.id}/{name}") for lot, _ in taken):
        giver.refused[name] = "duplicate_lot_id"
        return
    is_sale, new = transfer.get("tax_treatment") == "TAXABLE", transfer.get("new_cost_basis")
    if is_sale:
        giver.realise(taken, minor(Fraction(new)), on, name)
    costs = [] if is_sale else giver.give(taken, on)
    if new is not None:
        costs = shared_out(Fraction(new), [part for _, part in taken])
    for (lot, part), cost in zip(taken, costs, strict=True):
        moved = replace(lot, id=f"{lot.id}/{name}", parent=lot.id, units=part, basis=cost, opened_by=name)
        if is_sale:
            moved = replace(moved, acquired=on, since=on)
        elif new is not None:
            moved = replace(moved, since=min(lot.since, long_since(on)))
        receiver.lots.append(moved)


def long_since(on):
    """The latest day since which what goes on a day is held long, as what is inherited is (US IRC 1223(9))."""
    since = on
    while not is_long(since, on):
        since = later(since, -1)
    return since
