"""The shape of an event type, and of what one option of it yields."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from domain.held import Held, missing_terms
from domain.numbers.exact import Number, plain
from domain.numbers.fractions import dispose
from domain.numbers.money import round_amount
from domain.numbers.series import exact_sum
from domain.records import CorporateAction, Option

_NONE = Fraction(0)
EVERYTHING = Fraction(1)
"""Accepted in full, as nearly every option is: nothing is multiplied then."""


class LotTreatment(Enum):
    """What an option does to the lots of the security (`domain.lots` has one effect for each)."""

    KEEP = "lots keep"
    REORGANISE = "lots become, or gain, other securities; basis and holding period go with them"
    DISPOSE = "lots are relieved for cash, as by a sale"
    RETURN_CAPITAL = "basis falls by the cash, then a gain"
    ACCUMULATE = "basis rises by income that is not paid out"
    PAY_DOWN = "a share of each lot's basis is paid back; its quantity stays"
    PURCHASE = "a new lot at what was paid for it"
    EXERCISE = "rights are used up; a new lot at their basis and the subscription"
    DISTRIBUTE_RIGHTS = "lots gain rights, which take basis only where US IRC §307(b) or the notice says so"
    LAPSE = "rights end for nothing"
    WRITE_OFF = "lots end for nothing: a loss"


class Debit(Enum):
    """How much of the old securities an option takes away."""

    NOTHING = "nothing"
    ACCEPTED = "what was accepted of the instruction"
    ALL = "all that it applies to"


@dataclass(frozen=True, slots=True)
class Further:
    """A further security credited, `ratio` units for each unit accepted. `in_lieu_price`: of a fraction of it, for one whole unit."""

    isin: str
    ratio: Fraction
    in_lieu_price: Number | None = None


@dataclass(frozen=True, slots=True)
class Outturn:
    """What one unit of an option's quantity yields, exactly; the same for every holder until `of_holder` says what he has of his own.

    `cash`: gross, in the option's currency, per unit (`cash_rule`: how that was reached). `tax_credit`: the part of it that a fund has
    paid as tax. `interest`: likewise, paid beside it and taxed as the event type's income, no part of what lots are sold for.

    `ratio`: units of `isin_out` per unit accepted. `accepted`: the part of the quantity that is taken up (proration, partial call), in
    whole multiples of `multiple` where that is above 0, or `most` units where the issuer has drawn them. `drawn`: of each account, where
    the notice says so; `awaits_drawing`: an account's drawing record must say it. `odd_lot`: the largest holding that is not prorated.
    `unfilled_cash`: for each unit not taken up. `price`: paid by the holder for each new security, by his cash where `reinvests`;
    `charge` for each and `charge_of_account` for all are paid beside. `disposition` and `in_lieu_price`: of fractions, sold for whole
    old units alone if `whole_residue`. `taxed`: as the event type's income. `in_proportion`: what is bought is offered to holders by what
    they hold. `exchanged`: the money is in a tax currency, unrounded.
    """

    cash: Fraction = _NONE
    cash_rule: str = ""
    tax_credit: Fraction = _NONE
    interest: Fraction = _NONE
    interest_rule: str = ""
    ratio: Fraction | None = None
    isin_out: str = ""
    debit: Debit = Debit.NOTHING
    accepted: Fraction = EVERYTHING
    multiple: Fraction = _NONE
    most: Decimal | None = None
    drawn: Mapping[str, Decimal] | None = None
    awaits_drawing: bool = False
    odd_lot: Decimal | None = None
    unfilled_cash: Fraction = _NONE
    price: Fraction | None = None
    basis_price: Fraction | None = None
    charge: Fraction = _NONE
    charge_of_account: Fraction = _NONE
    reinvests: bool = False
    in_proportion: bool = False
    disposition: str = ""
    whole_residue: bool = False
    in_lieu_price: Number | None = None
    further: tuple[Further, ...] = ()
    taxed: bool = False
    paid_down: Fraction = _NONE
    lots: LotTreatment = LotTreatment.KEEP
    exchanged: bool = False

    @property
    def pays_securities(self) -> bool:
        """Return True if `isin_out` is credited."""
        return self.ratio is not None or self.reinvests

    @property
    def keeps_cash(self) -> bool:
        """Return True if the cash is not paid out: it buys securities, or stays in the fund."""
        return self.reinvests or self.lots is LotTreatment.ACCUMULATE

    @property
    def credits(self) -> tuple[Further, ...]:
        """Return every security credited, `isin_out` first, with its own price of a fraction."""
        own = (Further(self.isin_out, self.ratio or _NONE, self.in_lieu_price),) if self.pays_securities else ()
        return (*own, *self.further)

    def charges(self, units: Fraction) -> Fraction:
        """Return what is charged for so many new units, unrounded."""
        return units * self.charge + self.charge_beside(units) if units else _NONE

    def charge_beside(self, amount: Decimal | Fraction) -> Fraction:
        """Return the account's charge with the sign of an amount or quantity: below zero a short owes what a holder pays."""
        return self.charge_of_account if amount >= 0 else -self.charge_of_account

    def cost(self, units: Fraction, currency: str) -> Decimal:
        """Return what so many new units cost: their price and the charges, each rounded once; after an exchange both together."""
        price = self.basis_price if self.price is None else self.price
        paid = [units * (price or _NONE), self.charges(units)]
        parts = [sum(paid)] if self.exchanged else paid
        return exact_sum(round_amount(part, currency) for part in parts)

    def in_currency(self, factor: Fraction) -> "Outturn":
        """Return the outturn with all its money in a currency of which one unit of the option's is `factor` units, unrounded."""

        def times(price: Number | None) -> Fraction | None:
            return None if price is None else Fraction(price) * factor

        return replace(
            self,
            exchanged=True,
            cash=self.cash * factor,
            tax_credit=self.tax_credit * factor,
            interest=self.interest * factor,
            unfilled_cash=self.unfilled_cash * factor,
            price=times(self.price),
            basis_price=times(self.basis_price),
            charge=self.charge * factor,
            charge_of_account=self.charge_of_account * factor,
            in_lieu_price=times(self.in_lieu_price),
            further=tuple(replace(each, in_lieu_price=times(each.in_lieu_price)) for each in self.further),
        )

    def of_holder(self, account: str, held: Decimal, instructed: Decimal, drawing: Decimal | None) -> "Outturn":
        """Return what the option yields for one account: with what was drawn of it, and whole if an odd lot is tendered whole.

        `drawing` is what its drawing record says, None without one.
        """
        if self.odd_lot is not None and 0 < held == instructed <= self.odd_lot:
            return replace(self, accepted=EVERYTHING, multiple=_NONE)
        drawn = self.most if self.drawn is None else self.drawn.get(account, Decimal(0))
        drawn = drawn if drawing is None else drawing
        return self if drawn == self.most else replace(self, most=drawn)

    @property
    def undrawn(self) -> Held | None:
        """Return why what was drawn of an account cannot be taken: nobody has said it, or it is no multiple; else None."""
        if self.most is None and self.awaits_drawing:
            detail = "what was drawn is not said: send the account's drawing record, with quantity 0 if nothing was"
            return missing_terms("options.drawn_quantity", detail)
        if self.most is not None and self.multiple and Fraction(self.most) % self.multiple:
            detail = f"{plain(self.most)} drawn is not a multiple of {plain(self.multiple)}"
            return Held("not_a_multiple", "options.drawn_quantity", detail)
        return None

    def accept(self, units: Fraction) -> "Accepted":
        """Of units instructed: whole multiples are rounded once, down unless the notice says up or to the nearest (domain rules,
        "Securities")."""
        accepted = units if self.accepted is EVERYTHING else units * self.accepted
        accepted = accepted if self.most is None else Fraction(self.most)
        counted = accepted
        if self.multiple:
            disposition = self.disposition if self.disposition in ("RDUP", "STAN") else "RDDN"
            counted = dispose(accepted / self.multiple, disposition).credited * self.multiple
        if self.debit is Debit.NOTHING:
            return Accepted(accepted, counted, _NONE)
        return Accepted(accepted, counted, counted if self.debit is Debit.ACCEPTED else units)


@dataclass(frozen=True, slots=True)
class Accepted:
    """In units: what is taken up, before and after rounding to whole multiples, and what is debited."""

    accepted: Fraction
    counted: Fraction
    debited: Fraction


NOTHING = Outturn()
"""Of NOAC, of a right that lapses where lots keep, of an option that is not taken."""


@dataclass(frozen=True, slots=True)
class LotStep:
    """What an option that an account takes does to lots: its `outturn` to a `share` of the lots of `isin`, on the day of `dated`."""

    option: Option
    outturn: Outturn
    share: Fraction
    isin: str
    dated: LotTreatment


LotSteps = Callable[[CorporateAction, Sequence[LotStep]], Iterable[LotStep]]


def _as_held(_: CorporateAction, eligible: Decimal) -> Decimal:
    return eligible


def _as_taken(_: CorporateAction, steps: Sequence[LotStep]) -> Iterable[LotStep]:
    return steps


@dataclass(frozen=True, slots=True)
class EventType:
    """One ISO event type (22F CAEV).

    `outturn(event, option)` raises Held where the notice lacks what the type needs. `income_type` is the withholding rates' income
    type, or empty where no income tax is withheld. `source` says where the rule is written. `units` says how many units an account may
    instruct for what it holds; `lot_steps` turns the steps of the options that an account takes into the event's.

    `draws`: a lottery may say how much of each account is redeemed. `buys`: its options may buy securities, so that lots come of them
    without a trade. `allocates`: the holder may choose how basis spreads. `lapses`: LAPS ends what is held, where in other types it gives
    nothing. `distributes`: it pays on a security that stays, unless an option takes that one too. `sells`: what is exchanged is sold unless
    tax_treatment is ROLLOVER; of other types it is not unless tax_treatment is TAXABLE. `same_security`: the security goes on
    under the ISIN that the event gives it (domain rules, "The line of a security"). `keeps_lots`: it never touches lots.
    """

    code: str
    income_type: str
    outturn: Callable[[CorporateAction, Option], Outturn]
    source: str
    units: Callable[[CorporateAction, Decimal], Decimal] = _as_held
    draws: bool = False
    buys: bool = False
    allocates: bool = False
    lapses: bool = False
    distributes: bool = False
    sells: bool = False
    same_security: bool = False
    keeps_lots: bool = False
    lot_steps: LotSteps = _as_taken

    @property
    def in_rights(self) -> bool:
        """Return True if eligible and debited quantities count rights, not units of the event's security."""
        return self.units is not _as_held
