"""A random life of accounts, trades, events, corrections and elections: after each fact the product agrees with a naive reference."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.calculation import calculate_document
from tests.unit.domain.facts import APPLE, account, document, position, trade
from tests.unit.domain.naive import Naive

ACCOUNTS = ("ACC-1", "ACC-2")
FIRST = date(2025, 1, 1)
days = st.integers(0, 60).map(lambda number: (FIRST + timedelta(number)).isoformat())
quantities = st.integers(1, 3000).map(lambda number: Fraction(number, 2))
prices = st.integers(1, 9999).map(lambda number: Fraction(number, 100))
accounts = st.sampled_from(ACCOUNTS)
numbers = st.integers(1, 4)
ratios = st.sampled_from([(3, 2), (1, 3), (2, 1), (1, 10), (7, 4)])


def text(exact):
    """An exact decimal; every quantity and price here has two places at most."""
    return f"{exact.numerator * 100 // exact.denominator / 100:.2f}"


class RandomLife(RuleBasedStateMachine):
    """Facts arrive in the order of the rules; numbers (sequence, version) may come late, so that a later fact may be stale."""

    def __init__(self):
        super().__init__()
        self.naive, self.facts, self.numbers = Naive(), {}, {}

    def add(self, store, key, number, value, record):
        if (*key, number) not in self.facts:
            self.facts[(*key, number)] = record
            self.naive.keep(store, key if len(key) > 1 else key[0], number, value)

    @rule(who=accounts, place=st.sampled_from(["P1", "P2"]), on=days, quantity=quantities, number=numbers)
    def position(self, who, place, on, quantity, number):
        record = position(text(quantity), on, safekeeping_account=who, safekeeping_place=place, sequence=number)
        self.add(self.naive.positions, (who, place, on), number, quantity, record)

    @rule(who=accounts, name=st.integers(1, 6), side=st.sampled_from(["BUY", "BUY", "SELL"]), on=days, quantity=quantities,
          price=prices, number=numbers, cancelled=st.sampled_from([False, False, True]))  # fmt: skip
    def trade(self, who, name, side, on, quantity, price, number, cancelled):
        trade_id = f"{who}-T{name}"
        function = "CANC" if cancelled else "NEWM"
        record = trade(
            trade_id, side, text(quantity), on, text(price), safekeeping_account=who, sequence=number, function=function
        )
        value = None if cancelled else {"account": who, "side": side, "date": on, "quantity": quantity, "price": price}
        self.add(self.naive.trades, (trade_id,), number, value, record)

    @rule(kind=st.sampled_from(["DVCA", "CAPD", "SPLF", "BONU", "DVOP"]), name=st.integers(1, 4), version=numbers, ex=days,
          amount=prices, ratio=ratios, price=prices, ended=st.sampled_from(["NEWM", "NEWM", "NEWM", "CANC", "WITH"]))  # fmt: skip
    def event(self, kind, name, version, ex, amount, ratio, price, ended):
        value = {
            "event_type": kind,
            "ex_date": ex,
            "record_date": ex,
            "rate": amount,
            "ratio": Fraction(*ratio),
            "price": price,
        }
        securities = {"numerator": str(ratio[0]), "denominator": str(ratio[1])}
        cash = {
            "option_number": "001",
            "option_type": "CASH",
            "is_default_option": True,
            "gross_rate": text(amount),
            "currency": "USD",
        }
        name_of = {"SPLF": "new_to_old", "BONU": "additional_for_existing", "DVOP": "additional_for_existing"}.get(kind)
        stock = {"option_type": "SECU", name_of: securities}
        options = [cash]
        if kind in ("SPLF", "BONU"):
            options = [{"option_number": "001", "is_default_option": True, "fraction_disposition": "DIST", **stock}]
        if kind == "DVOP":
            options.append({"option_number": "002", "cash_in_lieu_price": text(price), "currency": "USD", **stock})
        record = {
            "record_type": "corporate_action", "corporate_action_event_id": f"CA-{name}", "version": version, "function": ended,
            "event_type": kind, "mandatory_voluntary": "CHOS" if kind == "DVOP" else "MAND", "isin": APPLE, "source_country": "US",
            "ex_date": ex, "record_date": ex, "payment_date": ex, "options": options,
        }  # fmt: skip
        self.add(self.naive.events, (f"CA-{name}",), version, value if ended == "NEWM" else None, record)

    @rule(who=accounts, name=st.integers(1, 4), number=numbers, election=st.integers(1, 3), quantity=quantities)
    def election(self, who, name, number, election, quantity):
        key = f"{who}-CA-{name}-{election}"
        record = {
            "record_type": "election", "election_id": key, "corporate_action_event_id": f"CA-{name}", "safekeeping_account": who,
            "option_number": "002", "quantity": text(quantity), "sequence": number,
        }  # fmt: skip
        value = {"event": f"CA-{name}", "account": who, "quantity": quantity}
        self.add(self.naive.elections, (key,), number, value, record)

    @invariant()
    def the_product_agrees_with_the_reference(self):
        known = [account(each, residence="GB") for each in ACCOUNTS]
        result = calculate_document(document(*known, *self.facts.values()))
        due = {
            (
                *(row[name] for name in ("corporate_action_event_id", "safekeeping_account", "option_number")),
                Fraction(row["eligible_quantity"]),
                *(Fraction(row[name]) for name in ("gross_amount", "withholding_tax_amount", "net_amount")),
                exact(row, "entitled_quantity"),
                Fraction(row["cash_in_lieu_amount"]),
            )
            for row in result["entitlements"]
        }
        assert due == self.naive.entitlements(ACCOUNTS)
        for who in ACCOUNTS:
            lots, refused = self.naive.open_lots(who)
            rows = [row for row in result["tax_lots"] if row["safekeeping_account"] == who and row["quantity"] != "0"]
            assert {row["lot_id"]: (exact(row, "quantity"), Fraction(row["cost_basis"])) for row in rows} == lots
            found = {
                row["record_id"]
                for row in result["rejected"]
                if row["record"] == "trade" and row["record_id"].startswith(who)
            }
            assert found == refused


def exact(row, name):
    """A quantity as it is calculated with."""
    ratio = row["quantity_ratio"]
    return Fraction(int(ratio["numerator"]), int(ratio["denominator"])) if ratio else Fraction(row[name])


TestRandomLife = RandomLife.TestCase
TestRandomLife.settings = settings(
    max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
