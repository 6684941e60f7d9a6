"""What a purchase by an event is charged: for each new unit, in percent of its price, and once an account."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction as F

import pytest

from tests.unit.domain.test_outturns import GRSS, NEWO, USD, outturn

CHARGES = {"charge_rate": "0.25", "charge_amount": "5"}


@pytest.mark.parametrize(
    ("event_type", "terms", "in_lieu_price"),
    [
        ("RHTS", {"option_type": "EXER", **NEWO, "subscription_price": "3"}, None),
        ("EXRI", {"option_type": "OVER", "subscription_price": "3"}, None),
        ("DRIP", {**GRSS, "subscription_price": "3"}, Decimal("3.25")),
    ],
)
def test_charges_are_of_each_new_unit_and_of_the_account_and_a_unit_left_over_bears_its_own(
    event_type, terms, in_lieu_price
):
    without, charged = outturn(event_type, terms | USD), outturn(event_type, terms | USD | CHARGES)
    assert charged == replace(without, charge=F(1, 4), charge_of_account=F(5), in_lieu_price=in_lieu_price)
    assert (charged.cost(F(2), "USD"), charged.cost(F(0), "USD")) == (Decimal("11.50"), Decimal("0.00"))


@pytest.mark.parametrize(
    ("event_type", "terms"),
    [
        ("EXRI", {"option_type": "OVER", "subscription_price": "3"}),
        ("DRIP", {**GRSS, "subscription_price": "3"}),
    ],
)
def test_a_charge_in_percent_is_of_the_price_and_comes_beside_one_of_each_unit(event_type, terms):
    charged = outturn(event_type, terms | USD | {"charge_percent": "2", "charge_rate": "0.25"})
    assert charged.charge == F(31, 100)
