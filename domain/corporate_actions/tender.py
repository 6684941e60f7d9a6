"""TEND, tender offer, and BIDS, offer of the issuer to buy back: what is tendered is accepted as far as proration_rate (percent) goes, the
rest comes back.

A holding of at most odd_lot_quantity that is tendered whole is accepted whole, before any other is prorated (SEC Rule 13e-4(f)(3)(i);
ISO 15022 36B FOLQ). The accepted quantity is whole, by fraction_disposition, default down; securities are reckoned from it before it is
rounded (domain rules, "Securities"). Lots: a sale by the account's relief method; in an exchange, basis goes with the securities unless
tax_treatment is TAXABLE.
"""

from dataclasses import replace
from fractions import Fraction

from domain.corporate_actions.event_type import Debit, EventType, Outturn
from domain.corporate_actions.reading import exchange_or_cash
from domain.records import CorporateAction, Option


def tendered(event: CorporateAction, option: Option) -> Outturn:
    """Return what an offer's option yields for what is instructed, as far as it is accepted. Raises Held if the notice lacks it."""
    what = "cash_price_received (OFFR) or new_to_old (NEWO)"
    return as_accepted(option, exchange_or_cash(event, option, Debit.ACCEPTED, what))


def as_accepted(option: Option, outturn: Outturn) -> Outturn:
    """Return what is offered, as far as proration, multiples and odd lots let it be accepted."""
    outturn = replace(outturn, disposition=option.fraction_disposition, odd_lot=option.odd_lot_quantity)
    multiple = Fraction(option.minimum_exercisable_multiple or 0)
    if option.proration_rate is None:
        return replace(outturn, multiple=multiple)
    return replace(outturn, accepted=Fraction(option.proration_rate) / 100, multiple=multiple or Fraction(1))


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {0} VOLU CASH; ISO 15022 22F::CAEV//{0}, 92A::PROR"

TEND = EventType("TEND", "", tendered, _SOURCE.format("TEND"))
BIDS = EventType("BIDS", "", tendered, _SOURCE.format("BIDS"))
