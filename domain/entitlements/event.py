"""One event made ready for many holders: everything that does not depend on the holder is decided once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import EVENT_TYPES, EventType, MissingTerms
from domain.entitlements.calculation import Calculation
from domain.entitlements.elections import quantities_by_option
from domain.entitlements.held import Held
from domain.entitlements.terms import OptionTerms, prepare_option
from domain.entitlements.withholding import AppliedRate, apply_rate
from domain.exact import EXACT, round_half_up
from domain.fractions import Disposed
from domain.records import Account, CorporateAction, Election, ElectionRelease
from domain.rules import Rules, WithholdingRate


@dataclass(frozen=True, slots=True)
class PreparedEvent:
    """An event, its type and the rules it is calculated with; rates are looked up once per kind of holder."""

    event: CorporateAction
    event_type: EventType
    rules: Rules | None
    options: Mapping[str, OptionTerms]
    _rates: dict[tuple[str, str, bool], AppliedRate] = field(default_factory=dict, compare=False, repr=False)

    def entitle(
        self,
        account: Account | None,
        eligible: Decimal,
        elections: Sequence[Election] = (),
        releases: Sequence[ElectionRelease] = (),
    ) -> tuple[Calculation, ...]:
        """One calculation per option that the holder takes, none when nothing is eligible. Raises Held."""
        if eligible <= 0:
            return ()
        if account is None:
            raise Held(
                "unknown_account", "safekeeping_account", "the account has not been reported yet: send its record"
            )
        taken = quantities_by_option(self.event, eligible, elections, releases)
        return tuple(
            self._calculate(account, self.options[number], quantity)
            for number, quantity in sorted(taken.items())
            if quantity
        )

    def _calculate(self, account: Account, terms: OptionTerms, quantity: Decimal) -> Calculation:
        gross = round_half_up(EXACT.multiply(quantity, terms.gross_rate), terms.places)
        applied = self._applied(account, terms) if gross else None
        tax = applied.withhold(gross, terms.nothing, terms.places) if applied else None
        net = EXACT.subtract(EXACT.subtract(gross, tax.tax), tax.second_level_tax) if tax else gross
        disposed = terms.dispose(quantity)
        in_lieu = cash_in_lieu(terms, disposed)
        payment_currency, payment_amount = terms.payment(account.payment_currency, EXACT.add(net, in_lieu))
        return Calculation(
            terms,
            account.safekeeping_account,
            quantity,
            disposed.credited,
            disposed.fraction,
            gross,
            applied,
            tax,
            net,
            in_lieu,
            payment_currency,
            payment_amount,
        )

    def _applied(self, account: Account, terms: OptionTerms) -> AppliedRate | None:
        if not self.event_type.income_type:
            return terms.given_rate
        day = self.event.payment_date
        documented = day is not None and account.documented_on(day)
        key = (account.residence, account.beneficial_owner, documented)
        if key not in self._rates:
            self._rates[key] = apply_rate(self._rate(account), documented)
        return self._rates[key]

    def _rate(self, account: Account) -> WithholdingRate:
        event = self.event
        if event.payment_date is None:
            raise Held("missing_terms", "payment_date", "the withholding rate is chosen by payment_date: announce it")
        if not event.source_country:
            raise Held(
                "missing_terms", "source_country", "the withholding rate is chosen by source_country: announce it"
            )
        if self.rules is None or self.rules.withholding_rates is None:
            raise Held("no_rules", "rules.withholding_rates", "no withholding rates document is there")
        row = self.rules.withholding_rates.lookup(
            event.source_country,
            account.residence,
            account.beneficial_owner,
            self.event_type.income_type,
            event.payment_date,
        )
        if row is None:
            raise Held(
                "no_rate",
                "rules.withholding_rates",
                f"no {self.event_type.income_type} rate from {event.source_country} for {account.residence} "
                f"{account.beneficial_owner} on {event.payment_date}",
            )
        return row


def prepare_event(event: CorporateAction, rules: Rules | None) -> PreparedEvent:
    """Checks the event's terms once. Raises Held where the type is not supported or its terms are missing."""
    event_type = EVENT_TYPES.get(event.event_type)
    if event_type is None:
        raise Held("event_type_not_supported", "event_type", f"{event.event_type} is not calculated yet")
    if event.entitlement_date is None:
        raise Held("missing_terms", "record_date", "neither record_date nor effective_date is announced")
    version = rules.version if rules else ""
    options = {}
    try:
        for option in event.options:
            if option.option_type not in ("NOAC", "LAPS"):
                event_type.check(option)
            options[option.option_number] = prepare_option(event, event_type, option, version)
    except MissingTerms as missing:
        raise Held("missing_terms", missing.field, missing.detail) from missing
    return PreparedEvent(event, event_type, rules, options)


def cash_in_lieu(terms: OptionTerms, disposed: Disposed) -> Decimal:
    """Paid for a sold fraction; negative where the holder pays to complete a whole unit (BUYU)."""
    if not (disposed.sold or disposed.bought):
        return terms.nothing
    price = terms.option.cash_in_lieu_price
    if price is None:
        raise Held(
            "missing_terms",
            "options.cash_in_lieu_price",
            f"a fraction is disposed of by {terms.option.fraction_disposition}: its price is needed",
        )
    return round_half_up((disposed.sold - disposed.bought) * Fraction(price), terms.places)
