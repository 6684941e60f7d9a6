"""Accounts under US wash sales on one timeline, share by share: a share that is moved remains what it was.

It is of the purchase that it was of, and does not replace a second time where it replaced before (Treas. Reg. 1.1091-1(e), Rev. Rul. 56-602).
"""

from fractions import Fraction

from tests.unit.domain.life.transfers import ENDS, long_since
from tests.unit.domain.life.world import day, number
from tests.unit.domain.lot_references import Dealing, Share, Us


def reckoned(facts, accounts, changes):
    """({account: Us}, {account: ids of its sales and transfers that are refused}). `changes`: (day, event, ISIN, new ISIN) in their order."""
    ledgers = {each: Us(facts.accounts[each].get("relief_method", "FIFO")) for each in accounts}
    refused = {each: set() for each in accounts}
    steps = [(number(each["trade_date"]), 1 if each["side"] == "BUY" else 3, each["trade_id"], each)
             for each in facts.trades if each["safekeeping_account"] in ledgers]  # fmt: skip
    steps += [(number(each["transfer_date"]), 2, each["transfer_id"], each)
              for each in facts.transfers if all(each[end] in ledgers for end in ENDS)]  # fmt: skip
    steps += [(on, 0, "", (isin, into, on, event)) for on, event, isin, into in changes]
    for on, kind, name, what in sorted(steps, key=lambda step: step[:3]):
        if kind == 0:
            for ledger in ledgers.values():
                ledger.change(*what)
            continue
        account, units = what[ENDS[0] if kind == 2 else "safekeeping_account"], int(what["quantity"])
        ledger = ledgers[account]
        if kind == 1:
            ledger.buy([Share(name, on, _cents(what["price"]), what["isin"]) for _ in range(units)], on)
            continue
        gone = _named(ledger, what) if what.get("lots") else ledger.chosen(units, what["isin"])
        if len(gone) < units:
            refused[account].add(name)
        elif kind == 3:
            ledger.sell(Dealing("sell", name, on, units, _cents(what["price"])), gone)
        else:
            _move(ledger, ledgers[what[ENDS[1]]], gone, what)
    return ledgers, refused


def _cents(text):
    return Fraction(text) * 100


def _named(ledger, transfer):
    gone = []
    for named in transfer["lots"]:
        lot = [each for each in ledger.shares if (each.lot, each.isin) == (named["lot_id"], transfer["isin"])]
        gone += lot[: int(named["quantity"])]
    return gone


def _move(giver, receiver, gone, transfer):
    """Shares of each lot together; a sale makes new ones of them."""
    on, name, new = number(transfer["transfer_date"]), transfer["transfer_id"], transfer.get("new_cost_basis")
    price = None if new is None else _cents(new) / len(gone)
    lots = {share.lot: [each for each in gone if each.lot == share.lot] for share in gone}
    if transfer.get("tax_treatment") == "TAXABLE":
        giver.sell(Dealing("sell", name, on, len(gone), price), gone)
        for lot, shares in lots.items():
            receiver.buy([Share(f"{lot}/{name}", on, price, transfer["isin"]) for _ in shares], on)
        return
    for share in gone:
        giver.shares.remove(share)
        share.lot = f"{share.lot}/{name}"
        if price is not None:
            share.cost, share.since = price, min(share.since, number(long_since(day(on))))
    receiver.shares += gone
