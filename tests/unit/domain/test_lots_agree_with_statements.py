"""Open lots = settled + pending receipts - pending deliveries + on loan - borrowed, of one date, where the facts agree."""

from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.calculation import calculate_document
from tests.unit.domain.facts import account, document, position, trade

FIRST = date(2026, 3, 2)
STATED = FIRST + timedelta(20)
dealings = st.lists(
    st.tuples(st.booleans(), st.integers(1, 500), st.integers(0, 20), st.integers(0, 9)), max_size=8
)  # bought or sold, units, day of the trade, days until it settles


def traded(dealt):
    """Trades of which no sale is of more than is there, as records, and units by what the statement says of them."""
    there, records, units = 0, [], {"settled": 0, "pending_receipt": 0, "pending_delivery": 0}
    for number, (wanted, quantity, day, lag) in enumerate(sorted(dealt, key=lambda each: each[2])):
        bought = wanted or quantity > there
        there += quantity if bought else -quantity
        dealt_on = FIRST + timedelta(day)
        settles = dealt_on + timedelta(lag)
        side = "BUY" if bought else "SELL"
        records.append(trade(f"T{number:02}", side, str(quantity), f"{dealt_on}", settlement_date=f"{settles}"))
        if settles <= STATED:
            units["settled"] += quantity if bought else -quantity
        else:
            units["pending_receipt" if bought else "pending_delivery"] += quantity
    return there, records, units


@given(dealings, st.integers(0, 50), st.integers(0, 50))
def test_open_lots_are_what_the_statement_of_the_same_day_says_is_owned(dealt, lent, borrowed):
    there, records, units = traded(dealt)
    units |= {"on_loan": lent, "borrowed": borrowed}
    settled = units.pop("settled") + borrowed - lent
    assume(settled >= 0)
    stated = position(str(settled), as_of_date=f"{STATED}", **{f"{name}_quantity": str(n) for name, n in units.items()})
    result = calculate_document(document(account(), stated, *records, as_of=f"{STATED}"))
    owned = settled + units["pending_receipt"] - units["pending_delivery"] + lent - borrowed
    assert result["rejected"] == []
    assert sum(int(lot["quantity"]) for lot in result["tax_lots"]) == there == owned
    assert {each["code"] for each in result["breaks"] if each["kind"] == "lots"} <= {"TIMING"}
