"""What a trade's quantity yields by an option: the one place where claims and transformations read an event's terms."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce

from domain.corporate_actions import Debit, LotTreatment
from domain.entitlements import PreparedEvent
from domain.entitlements.elections import default_option
from domain.entitlements.taking import FurtherCredit, cash_in_lieu, credit, credit_further, take
from domain.numbers.exact import EXACT, plain


@dataclass(frozen=True, slots=True)
class Proceeds:
    """`cash` and `cash_in_lieu` rounded to the minor unit of `currency`; `securities` and `fraction` in units of `isin_out` (empty where
    none are paid); `further` securities, whose fractions are paid for in `cash_in_lieu` too."""

    cash: Decimal
    currency: str
    isin_out: str
    securities: Fraction
    fraction: Fraction
    cash_in_lieu: Decimal
    further: tuple[FurtherCredit, ...]

    @property
    def is_nothing(self) -> bool:
        """Return True if nothing is paid."""
        return not (self.cash or self.securities or self.cash_in_lieu or self.further)

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
        cash=terms.nothing if outturn.reinvests else taken.gross,
        currency=terms.option.currency,
        isin_out=terms.template["isin_out"] or "",
        securities=disposed.credited,
        fraction=disposed.fraction,
        cash_in_lieu=reduce(EXACT.add, (added.cash_in_lieu for added in further), cash_in_lieu(terms, disposed)),
        further=further,
    )
