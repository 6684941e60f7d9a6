"""Exchange rates of a day, by which lots are kept in the taxpayer's currency.

The rate of a notice (92B EXCH), by which an entitlement is paid in another currency, is a field of its option: `records/option`.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from domain.records.declared import Currency, Day, Meaning, Number, SequenceNumber, Text
from domain.records.fields import Fields
from domain.records.unread import UnreadFields


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """What one unit of a currency is worth in another one on a day, for tax lots; a day without a rate gets none of another day."""

    record_type: ClassVar[str] = "exchange_rate"
    base: Annotated[Currency, Meaning("currency of which there is one")]
    quote: Annotated[Currency, Meaning("currency in which the rate is said")]
    date: Annotated[Day, Meaning("the only day for which the rate is taken")]
    rate: Annotated[Number, Meaning("worth of one base, above zero", "quote")]
    source: Annotated[Text, Meaning("who published the rate, or why it stands for a day without one")]
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return `base/quote/date`: a day has one rate of a pair, whoever says it; a higher sequence corrects it."""
        return f"{self.base}/{self.quote}/{self.date}"

    @staticmethod
    def check(fields: Fields, rate: dict[str, Any]) -> None:
        """Raise RecordError for a rate of 0, or of a currency in itself."""
        if rate["rate"] == 0:
            raise fields.fail("rate", "zero_rate", "an exchange rate is above zero")
        if rate["base"] == rate["quote"]:
            raise fields.fail("quote", "same_currency", f"{rate['quote']} in itself needs no rate: name another quote")
