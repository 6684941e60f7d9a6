"""Transfers between accounts: parts of lots leave one ledger and come into another, on a day after its purchases and before its sales.

Each part is a new lot of the receiver, whose parent is the giver's lot: as old as that, with its basis, or with the new one. A new basis
without a sale is that of an inheritance: what is held of it is LONG at once (US IRC §1014, §1223(9)). Nothing is realised but by a transfer
that counts as a sale (tax_treatment TAXABLE). No regime sees a purchase in what only moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.held import Held, Hold
from domain.lots.journal import Moved
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot
from domain.lots.part import AccountPart
from domain.lots.relief import Parts, lacking, quantity_of, relieve
from domain.numbers.exact import EXACT, plain
from domain.numbers.money import in_parts, round_amount
from domain.numbers.series import exact_sum, paired, sum_of
from domain.records import Transfer
from domain.records.account import UK_SHARE_MATCHING


def uncovered(transfer: Transfer, parts: Mapping[str, AccountPart]) -> Hold | None:
    """Return the hold of a transfer that the accounts' regimes and tax currencies do not cover, else None.

    UK_SHARE_MATCHING covers none: a pool's part, and matching over both accounts (TCGA 1992 s.58, s.104-106A), are not written. Between
    two tax currencies the cost at the rates of purchase is not known any more.
    """
    account = next((account for account in transfer.accounts if parts[account].lot_regime == UK_SHARE_MATCHING), None)
    giver, receiver = (parts[account].tax_currency for account in transfer.accounts)
    if account is None and giver != receiver:
        kept_in = [currency or "the currency of each trade" for currency in (giver, receiver)]
        detail = f"the giver's lots are in {kept_in[0]}, the receiver's in {kept_in[1]}: they stay where they are"
        return _hold(transfer, "currency_mismatch", "to_safekeeping_account", detail)
    if account is None:
        return None
    detail = f"{account} is under {UK_SHARE_MATCHING}, which does not cover transfers: the lots stay where they are"
    return _hold(transfer, "lots_not_adjusted", "lot_regime", detail)


def move(giver: Ledger, receiver: Ledger, transfer: Transfer) -> None:
    """Move what the transfer names, or what the giver's method chooses; or hold the transfer whole with the giver."""
    assert transfer.transfer_date is not None
    on = transfer.transfer_date
    held = [lot for lot in giver.open_lots(transfer.isin) if lot.acquisition_date <= on]
    method = "SPECIFIC" if transfer.lots else giver.method
    taken = relieve(held, Fraction(transfer.quantity), method, transfer.lots)
    at_stake = held if giver.method == "AVERAGE" else [lot for lot, _ in taken]
    if refusal := _refusal((giver, receiver), transfer, held, taken, at_stake):
        giver.holds.append(refusal)
        return
    taxable = transfer.tax_treatment == "TAXABLE"
    moved = _moved(giver, transfer, taken, at_stake)
    if taxable:
        giver.realise(taken, exact_sum(basis for _, basis in moved), on, transfer.transfer_id)
    else:
        _give(giver, taken, at_stake, on)
    for fact, basis in moved:
        lot = _received(fact, basis, transfer)
        receiver.explain(lot.lot_id, fact)
        if taxable:
            receiver.open(lot)
        else:
            receiver.receive_moved(lot, giver)


def _refusal(
    ledgers: tuple[Ledger, Ledger], transfer: Transfer, held: Sequence[Lot], taken: Parts, at_stake: Sequence[Lot]
) -> Hold | None:
    giver, receiver = ledgers
    short_by = Fraction(transfer.quantity) - quantity_of(taken)
    if short_by > 0:
        detail = f"the open lots of {transfer.isin} are short by {plain(short_by)}{lacking(held, transfer.lots)}"
        return replace(_hold(transfer, "insufficient_lots", "quantity", detail), short_by=short_by)
    if there := next((lot for lot, _ in taken if _moved_id(lot, transfer) in receiver.lots), None):
        detail = f"{transfer.to_safekeeping_account} has a lot {_moved_id(there, transfer)} already"
        return _hold(transfer, "duplicate_lot_id", "transfer_id", detail)
    together = transfer.new_cost_basis is not None or giver.method == "AVERAGE"
    currencies = sorted({lot.currency for lot in at_stake})
    if together and len(currencies) > 1:
        detail = f"the lots are in {' and '.join(currencies)}: transfer those of one currency at a time, by lots"
        return _hold(transfer, "currency_mismatch", "lots", detail)
    return None


def _moved(giver: Ledger, transfer: Transfer, taken: Parts, at_stake: Sequence[Lot]) -> list[tuple[Moved, Decimal]]:
    """Return each part that moves, with its basis in the receiving account."""
    parts, currency = [part for _, part in taken], taken[0][0].currency
    if transfer.new_cost_basis is not None:
        cost, units = round_amount(transfer.new_cost_basis, currency), quantity_of(taken)
        bases = in_parts(Fraction(cost), parts, currency)
    elif giver.method == "AVERAGE":
        cost, units = _cost(at_stake), sum_of(lot.quantity for lot in at_stake)
        bases = in_parts(Fraction(round_amount(Fraction(cost) * quantity_of(taken) / units, currency)), parts, currency)
    else:
        return [(Moved(lot, part, lot.cost_basis, lot.quantity), lot.basis_of(part)) for lot, part in taken]
    return [(Moved(lot, part, cost, units), basis) for (lot, part), basis in paired(taken, bases)]


def _give(giver: Ledger, taken: Parts, at_stake: Sequence[Lot], on: date) -> None:
    """Take these parts out of the giver's lots, each with its own basis, or by the method AVERAGE with that of all lots."""
    for lot, part in taken:
        giver.lots[lot.lot_id] = lot.without(part, lot.basis_of(part), on)
    if giver.method == "AVERAGE":
        cost, units = _cost(at_stake), sum_of(lot.quantity for lot in at_stake)
        gone = round_amount(Fraction(cost) * quantity_of(taken) / units, taken[0][0].currency)
        giver.share_basis(EXACT.subtract(cost, gone), at_stake, {})


def _cost(lots: Sequence[Lot]) -> Decimal:
    return exact_sum(lot.cost_basis for lot in lots)


def _received(moved: Moved, basis: Decimal, transfer: Transfer) -> Lot:
    assert transfer.transfer_date is not None
    on, lot = transfer.transfer_date, moved.parent
    acquired, since = lot.acquisition_date, lot.holding_period_start
    if transfer.tax_treatment == "TAXABLE":
        acquired = since = on
    elif transfer.new_cost_basis is not None:
        since = min(since, _long_by(on))
    return replace(
        lot,
        lot_id=_moved_id(lot, transfer),
        parent_lot_id=lot.lot_id,
        safekeeping_account=transfer.to_safekeeping_account,
        acquisition_date=acquired,
        holding_period_start=since,
        quantity=moved.units,
        cost_basis=basis,
        opened_by=transfer.transfer_id,
    )


def _moved_id(lot: Lot, transfer: Transfer) -> str:
    return f"{lot.lot_id}/{transfer.transfer_id}"


def _long_by(on: date) -> date:
    """Return the last start of a holding period that is LONG on a day: the day before the one that lies a year back."""
    if on.year == date.min.year:
        return date.min
    year_before = on.replace(year=on.year - 1, day=28 if (on.month, on.day) == (2, 29) else on.day)
    return date.fromordinal(max(year_before.toordinal() - 1, 1))


def _hold(transfer: Transfer, reason: str, at_fault: str, detail: str) -> Hold:
    return Hold("transfer", transfer.transfer_id, transfer.from_safekeeping_account, Held(reason, at_fault, detail))
