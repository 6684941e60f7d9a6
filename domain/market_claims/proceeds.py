"""What a trade's quantity yields by an option: the one place where claims and transformations read an event's terms."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce

from domain.corporate_actions import Debit, LotTreatment
from domain.entitlements import PreparedEvent
from domain.entitlements.elections import default_option
from domain.entitlements.taking import FurtherCredit, Taken, cash_in_lieu, credit, credit_further, take
from domain.entitlements.terms import OptionTerms
from domain.numbers.exact import EXACT, plain
from domain.numbers.fractions import Disposed


@dataclass(frozen=True, slots=True)
class Proceeds:
    """What `eligible_quantity` units of a trade yield by an option's `terms`: `taken` up, `disposed` of in units of isin_out, and `further`
    securities; `cash_in_lieu_amount` pays for the fractions of all."""

    terms: OptionTerms
    eligible_quantity: Decimal
    taken: Taken
    disposed: Disposed
    further: tuple[FurtherCredit, ...]
    cash_in_lieu_amount: Decimal

    @property
    def cash(self) -> Decimal:
        """Return the cash that is paid, gross, at the minor unit of the currency: none if it is not paid out."""
        return self.terms.nothing if self.terms.outturn.keeps_cash else self.taken.gross

    @property
    def net_amount(self) -> Decimal:
        """Return what is reinvested: gross, as a trade's tax is not known."""
        return self.taken.gross

    @property
    def currency(self) -> str:
        """Return the option's currency, empty where it pays no cash."""
        return self.terms.option.currency

    @property
    def isin_out(self) -> str:
        """Return the new security, empty where none are paid."""
        return self.terms.template["isin_out"] or ""

    @property
    def securities(self) -> Fraction:
        """Return units of isin_out."""
        return self.disposed.credited

    @property
    def is_nothing(self) -> bool:
        """Return True if nothing is paid."""
        return not (self.cash or self.securities or self.cash_in_lieu_amount or self.further)

    def movements(self, sign: int = 1) -> list[dict[str, str]]:
        """Return the further securities, `sign` times."""
        return [{"isin": added.isin, "quantity": plain(sign * added.disposed.credited)} for added in self.further]


def claimed_option(prepared: PreparedEvent) -> str:
    """Return the option that proceeds are claimed by: the only one, else the default. Raises Held where no single one is the default."""
    event = prepared.event
    if len(event.options) == 1:
        return event.options[0].option_number
    return default_option(event)


def replaces(prepared: PreparedEvent, option_number: str) -> bool:
    """True where the option takes all of the old securities: pending trades in them are transformed, nothing is claimed. Rights that are
    used up or lapse are not the shares that brought them; what ends for nothing is replaced by nothing."""
    outturn = prepared.options[option_number].outturn
    ends = (LotTreatment.EXERCISE, LotTreatment.LAPSE, LotTreatment.WRITE_OFF)
    return outturn.debit is Debit.ALL and outturn.lots not in ends


def claimable(prepared: PreparedEvent, option_number: str) -> bool:
    """True of a distribution. What takes part of a holding (a call, a draw, a tender) acts on who was of record: no trade says on whom."""
    return prepared.options[option_number].outturn.debit is Debit.NOTHING


def proceeds_of(prepared: PreparedEvent, option_number: str, quantity: Decimal) -> Proceeds:
    """Gross, before any tax: whose income it is, and by which rate, is not the trade's to say. Raises Held without a price of fractions."""
    terms = prepared.options[option_number]
    outturn = terms.outturn
    taken = take(outturn, quantity, terms.places)
    disposed = credit(outturn, taken.of_holding.accepted, taken.gross)
    further = credit_further(terms, taken.of_holding.accepted)
    return Proceeds(
        terms=terms,
        eligible_quantity=quantity,
        taken=taken,
        disposed=disposed,
        further=further,
        cash_in_lieu_amount=reduce(EXACT.add, (added.cash_in_lieu for added in further), cash_in_lieu(terms, disposed)),
    )
