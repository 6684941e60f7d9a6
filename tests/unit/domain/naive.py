"""A naive reference of entitlements and FIFO lots, in Fractions and plain loops, written from the domain rules and not from the product.

It knows five event types (DVCA, CAPD, SPLF, BONU, and DVOP with a choice), fractions that stay (DIST) but for DVOP (CINL), one rate of tax.
"""

from fractions import Fraction

TAX = Fraction(15)


def cents(exact):
    """Half up, in cents."""
    return Fraction((exact * 200 + 1).__floor__() // 2, 100)


class Naive:
    """Facts by identity, the highest number wins; everything is worked out anew on each question."""

    def __init__(self):
        self.positions, self.trades, self.events, self.elections = {}, {}, {}, {}

    def keep(self, store, key, number, value):
        """Keeps a fact unless a higher number of it is there."""
        if key not in store or store[key][0] < number:
            store[key] = (number, value)

    def eligible(self, account, on):
        """Sum over places of the latest quantity up to a day."""
        total = Fraction(0)
        for place in ("P1", "P2"):
            days = [day for (who, where, day) in self.positions if who == account and where == place and day <= on]
            if days:
                total += self.positions[account, place, max(days)][1]
        return total

    def taken(self, account, event_id, event):
        """(option, units) that the account takes."""
        held = self.eligible(account, event["record_date"])
        if event["event_type"] != "DVOP":
            return [("001", held)]
        elected = sum((value["quantity"] for _, value in self.elections.values()
                       if value["event"] == event_id and value["account"] == account), Fraction(0))  # fmt: skip
        if elected > held:
            return []
        return [("001", held - elected), ("002", elected)]

    def entitlements(self, accounts):
        """(event, account, option, eligible, gross, tax, net, entitled, in lieu) of all that is due."""
        rows = set()
        for event_id, (_, event) in self.events.items():
            for account in accounts if event else ():
                for option, units in self.taken(account, event_id, event):
                    if units > 0:
                        rows.add((event_id, account, option, units, *self.amounts(event, option, units)))
        return rows

    @staticmethod
    def amounts(event, option, units):
        """gross, tax, net, entitled, in lieu."""
        kind = event["event_type"]
        if kind in ("SPLF", "BONU"):
            return Fraction(0), Fraction(0), Fraction(0), units * event["ratio"], Fraction(0)
        if option == "002":
            exact = units * event["ratio"]
            whole = Fraction(exact.__floor__())
            return Fraction(0), Fraction(0), Fraction(0), whole, cents((exact - whole) * event["price"])
        gross = cents(units * event["rate"])
        tax = Fraction(0) if kind == "CAPD" else cents(gross * TAX / 100)
        return gross, tax, gross - tax, Fraction(0), Fraction(0)

    def open_lots(self, account):
        """{lot: (quantity, basis)} and the trades refused, for one account."""
        steps = [(event["ex_date"], 0, event_id, event) for event_id, (_, event) in self.events.items() if event]
        for trade_id, (_, trade) in self.trades.items():
            if trade and trade["account"] == account:
                steps.append((trade["date"], 1 if trade["side"] == "BUY" else 2, trade_id, trade))
        lots, refused = [], set()
        for on, kind, name, what in sorted(steps, key=lambda step: step[:3]):
            if kind == 0:
                lots = self.turned(lots, account, on, name, what)
            elif kind == 1:
                lots.append([name, on, what["quantity"], cents(what["quantity"] * what["price"])])
            elif not self.sold(lots, what["quantity"]):
                refused.add(name)
        return {lot[0]: (lot[2], lot[3]) for lot in lots if lot[2]}, refused

    def turned(self, lots, account, on, event_id, event):
        """Lots after an event."""
        kind = event["event_type"]
        if kind == "DVOP":
            for option, units in self.taken(account, event_id, event):
                whole = Fraction((units * event["ratio"]).__floor__()) if option == "002" else 0
                if whole:
                    lots = [*lots, [f"{event_id}/002", on, whole, cents(whole * event["price"])]]
            return lots
        affected = [lot for lot in lots if lot[1] < on and lot[2]]
        if kind in ("SPLF", "BONU"):
            factor = event["ratio"] + (1 if kind == "BONU" else 0)
            for lot in affected:
                lot[0], lot[2] = f"{lot[0]}/{event_id}", lot[2] * factor
        if kind == "CAPD":
            total = event["rate"] * sum(lot[2] for lot in affected)
            left = cents(total)
            for index, lot in enumerate(affected):
                cash = left if index == len(affected) - 1 else cents(event["rate"] * lot[2])
                left -= cash
                lot[3] = max(lot[3] - cash, Fraction(0))
        return lots

    @staticmethod
    def sold(lots, quantity):
        """First in, first out; False, and nothing changed, where the lots do not suffice."""
        if sum((lot[2] for lot in lots), Fraction(0)) < quantity:
            return False
        for lot in sorted(lots, key=lambda lot: (lot[1], lot[0])):
            part = min(quantity, lot[2])
            if part:
                basis = lot[3] if part == lot[2] else cents(lot[3] * part / lot[2])
                lot[2], lot[3], quantity = lot[2] - part, lot[3] - basis, quantity - part
        return True
