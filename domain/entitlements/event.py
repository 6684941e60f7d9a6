"""One event made ready for many holders: everything that does not depend on the holder is decided once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import EVENT_TYPES, EventType, MissingTerms, ratio_of
from domain.entitlements.calculation import Calculation, Step
from domain.entitlements.elections import quantities_by_option
from domain.entitlements.held import Held
from domain.entitlements.withholding import Withholding, withhold
from domain.exact import plain
from domain.fractions import DEFAULT_DISPOSITION, Disposed, dispose
from domain.money import round_amount
from domain.records import Account, CorporateAction, Election, ElectionRelease, Option
from domain.rules import Rules, WithholdingRate

_NO_AMOUNT_CURRENCY = "JPY"
"""An option that pays no cash has no currency: its amounts are 0 without decimals."""


@dataclass(frozen=True, slots=True)
class PreparedEvent:
    """An event, its type and the rules it is calculated with."""

    event: CorporateAction
    event_type: EventType
    rules: Rules | None
    options: Mapping[str, Option]

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

    def _calculate(self, account: Account, option: Option, quantity: Decimal) -> Calculation:
        currency = option.currency or _NO_AMOUNT_CURRENCY
        gross = round_amount(Fraction(quantity) * Fraction(option.gross_rate or 0), currency)
        tax = self._withhold(account, option, gross, currency)
        nothing = round_amount(0, currency)
        taxes = tax.tax + tax.second_level_tax if tax else nothing
        exact, debited, disposed = _securities(option, quantity)
        in_lieu = _cash_in_lieu(option, disposed, currency)
        net = gross - taxes
        payment_currency, payment_amount = _payment(account, option, net + in_lieu)
        return Calculation(
            corporate_action_event_id=self.event.corporate_action_event_id,
            version=self.event.version,
            safekeeping_account=account.safekeeping_account,
            isin=self.event.isin,
            option_number=option.option_number,
            event_type=self.event.event_type,
            eligible_quantity=quantity,
            debited_quantity=debited,
            entitled_quantity=disposed.credited,
            fraction_quantity=disposed.fraction,
            isin_out=(option.isin_out or self.event.isin) if ratio_of(option) else "",
            gross_amount=gross,
            withholding_tax_rate=tax.rate if tax else Decimal(0),
            withholding_tax_amount=tax.tax if tax else nothing,
            withholding_tax_components=tax.components if tax else (),
            second_level_tax_amount=tax.second_level_tax if tax else nothing,
            tax_reclaim_amount=tax.reclaim if tax else Decimal(0),
            net_amount=net,
            cash_in_lieu_amount=in_lieu,
            currency=option.currency,
            payment_currency=payment_currency,
            payment_amount=payment_amount,
            record_date=self.event.record_date,
            payment_date=self.event.payment_date,
            rules_version=self.rules.version if self.rules else "",
            explanation=_explain(self.event_type, option, quantity, gross, tax, net, exact, disposed, in_lieu),
        )

    def _withhold(self, account: Account, option: Option, gross: Decimal, currency: str) -> Withholding | None:
        if gross == 0:
            return None
        if self.event_type.income_type:
            row = self._rate(account)
            assert self.event.payment_date is not None
            return withhold(gross, currency, row, account.documented_on(self.event.payment_date))
        if option.withholding_tax_rate is None:
            return None
        return withhold(gross, currency, _given_rate(self.event, option.withholding_tax_rate), documented=False)

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
    try:
        for option in event.options:
            if option.option_type not in ("NOAC", "LAPS"):
                event_type.check(option)
    except MissingTerms as missing:
        raise Held("missing_terms", missing.field, missing.detail) from missing
    return PreparedEvent(event, event_type, rules, {option.option_number: option for option in event.options})


def _given_rate(event: CorporateAction, rate: Decimal) -> WithholdingRate:
    """The option's own rate, as a row: the issuer's figure is used as given."""
    assert event.entitlement_date is not None
    return WithholdingRate(
        rate_id=f"{event.corporate_action_event_id}:withholding_tax_rate",
        source_country=event.source_country,
        residence="*",
        beneficial_owner="*",
        income_type="",
        valid_from=event.entitlement_date,
        valid_to=None,
        statutory_rate=rate,
        treaty_rate=None,
        tax_relief_method="NONE",
        second_level_tax_rate=None,
        components=(),
        source="given by the announcement",
    )


def _securities(option: Option, quantity: Decimal) -> tuple[Fraction, Fraction, Disposed]:
    """(exact new securities, debited old ones, what is credited and what becomes of the fraction)."""
    terms = ratio_of(option)
    if terms is None:
        return Fraction(0), Fraction(0), dispose(Fraction(0), DEFAULT_DISPOSITION)
    ratio, debits = terms
    exact = Fraction(quantity) * ratio.value
    return exact, Fraction(quantity) if debits else Fraction(0), dispose(exact, option.fraction_disposition)


def _cash_in_lieu(option: Option, disposed: Disposed, currency: str) -> Decimal:
    """Paid for a sold fraction; negative where the holder pays to complete a whole unit (BUYU)."""
    if not (disposed.sold or disposed.bought):
        return round_amount(0, currency)
    if option.cash_in_lieu_price is None:
        raise Held(
            "missing_terms",
            "options.cash_in_lieu_price",
            f"a fraction is disposed of by {option.fraction_disposition}: its price is needed",
        )
    return round_amount((disposed.sold - disposed.bought) * Fraction(option.cash_in_lieu_price), currency)


def _payment(account: Account, option: Option, amount: Decimal) -> tuple[str, Decimal | None]:
    """Currency and amount paid: the event's where no rate leads to the account's (domain rules, "Money")."""
    wanted = account.payment_currency
    if not option.currency or not wanted or wanted == option.currency:
        return option.currency, amount if option.currency else None
    rate = option.exchange_rate
    if rate and (rate.unit_currency, rate.quoted_currency) == (option.currency, wanted):
        return wanted, round_amount(Fraction(amount) * Fraction(rate.rate), wanted)
    if rate and (rate.quoted_currency, rate.unit_currency) == (option.currency, wanted):
        return wanted, round_amount(Fraction(amount) / Fraction(rate.rate), wanted)
    return option.currency, None


def _explain(
    event_type: EventType,
    option: Option,
    quantity: Decimal,
    gross: Decimal,
    tax: Withholding | None,
    net: Decimal,
    exact: Fraction,
    disposed: Disposed,
    in_lieu: Decimal,
) -> tuple[Step, ...]:
    steps = []
    if option.gross_rate is not None:
        unrounded = plain(Fraction(quantity) * Fraction(option.gross_rate))
        arithmetic = f"{plain(quantity)} x {plain(option.gross_rate)} = {unrounded} {option.currency}"
        steps.append(Step("gross_amount", event_type.source, arithmetic, str(gross)))
    if tax:
        unrounded = plain(Fraction(gross) * Fraction(tax.rate) / 100)
        steps.append(
            Step("withholding_tax_amount", tax.reason, f"{gross} x {plain(tax.rate)} % = {unrounded}", str(tax.tax))
        )
        arithmetic = f"{gross} - {tax.tax} - {tax.second_level_tax}"
        steps.append(Step("net_amount", "gross = net + taxes", arithmetic, str(net)))
    terms = ratio_of(option)
    if terms:
        kind = "new_to_old" if terms[1] else "additional_for_existing"
        arithmetic = f"{plain(quantity)} x {terms[0]} ({kind}) = {plain(exact)}, fraction {plain(disposed.fraction)}"
        disposition = option.fraction_disposition or DEFAULT_DISPOSITION
        steps.append(
            Step("entitled_quantity", f"{event_type.source}; DISF {disposition}", arithmetic, plain(disposed.credited))
        )
    if disposed.sold or disposed.bought:
        arithmetic = f"{plain(disposed.sold - disposed.bought)} x {option.cash_in_lieu_price}"
        steps.append(Step("cash_in_lieu_amount", "price of one whole new security", arithmetic, str(in_lieu)))
    return tuple(steps)
