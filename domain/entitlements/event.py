"""One event made ready for many holders: everything that does not depend on the holder is decided once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import reduce

from domain.corporate_actions import EVENT_TYPES, EventType
from domain.corporate_actions.dates import pay_date
from domain.corporate_actions.drawing import drawn_by_option
from domain.entitlements.calculation import Calculation, PlaceBalance
from domain.entitlements.elections import quantities_by_option
from domain.entitlements.taking import cash_in_lieu, credit, credit_further, take
from domain.entitlements.terms import OptionTerms, prepare_option
from domain.entitlements.withholding import AppliedRate, apply_rate
from domain.held import Held, missing_terms
from domain.numbers.exact import EXACT, plain, round_half_up
from domain.numbers.series import exact_sum
from domain.records import Account, CorporateAction, Drawing, Election
from domain.rules import Rules, WithholdingRate

_WITHOUT_A_RATE = ("no_rate", "no_rules")


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
        places: Sequence[PlaceBalance] = (),
        drawings: Sequence[Drawing] = (),
    ) -> tuple[Calculation, ...]:
        """One calculation per option that the holder takes, none when nothing is eligible. Raises Held, also for what was drawn of nothing.

        A short, `eligible` below zero, owes what a holder of as many units gets (domain rules, "Shorts"). `places` is what `eligible` adds
        up, for the explanation; `drawings` are the account's of this event.
        """
        drawn = drawn_by_option(self.event, self.event_type, drawings)
        if not eligible:
            if any(drawn.values()):
                detail = f"{plain(exact_sum(drawn.values()))} drawn of a holding of 0"
                raise Held("drawn_above_holding", "quantity", detail)
            return ()
        if account is None:
            raise Held(
                "unknown_account", "safekeeping_account", "the account has not been reported yet: send its record"
            )
        taken = quantities_by_option(self.event, eligible, elections)
        due = []
        for number, quantity in sorted((number, quantity) for number, quantity in taken.items() if quantity):
            terms = self.options[number].of_holder(account.safekeeping_account, eligible, quantity, drawn.get(number))
            due.append(self._calculate(account, terms, quantity, tuple(places)))
        return tuple(due)

    def _calculate(
        self, account: Account, terms: OptionTerms, quantity: Decimal, places: tuple[PlaceBalance, ...]
    ) -> Calculation:
        outturn = terms.outturn
        taken = take(outturn, quantity, terms.places)
        taxed = taken.interest if outturn.interest_rule else taken.gross
        applied = self._applied(account, terms) if taxed and quantity > 0 else None
        tax = applied.withhold(taxed, terms.nothing, terms.places) if applied else None
        net = EXACT.subtract(EXACT.subtract(taken.gross, tax.tax), tax.second_level_tax) if tax else taken.gross
        disposed = credit(outturn, taken.of_holding.accepted, net)
        further = credit_further(terms, taken.of_holding.accepted)
        price = outturn.price
        return Calculation(
            terms,
            account.safekeeping_account,
            quantity,
            taken,
            disposed,
            further,
            applied,
            tax,
            net,
            reduce(EXACT.add, (added.cash_in_lieu for added in further), cash_in_lieu(terms, disposed)),
            round_half_up(disposed.credited * price, terms.places) if price else terms.nothing,
            round_half_up(outturn.charges(disposed.credited), terms.places),
            account.payment_currency,
            places,
        )

    def _applied(self, account: Account, terms: OptionTerms) -> AppliedRate | None:
        """Income: the row for this holder, and where none covers it the announcement's own rate, a percentage used as given. What is no
        income is taxed only where the announcement gives a rate (domain rules, "Money" and "Securities"); interest that accrued
        beside it is income. Interest that the holder pays is nobody's income."""
        if terms.outturn.interest < 0 or terms.outturn.cash < 0:
            return None
        if not ((terms.outturn.taxed or terms.outturn.interest) and self.event_type.income_type):
            return terms.given_rate
        day = self.event.payment_date
        documented = day is not None and account.documented_on(day)
        key = (account.residence, account.beneficial_owner, documented)
        if key not in self._rates:
            try:
                self._rates[key] = apply_rate(self._rate(account), documented)
            except Held as held:
                if terms.given_rate is None or held.reason not in _WITHOUT_A_RATE:
                    raise
                return terms.given_rate
        second = terms.option.second_level_tax_rate
        return self._rates[key] if second is None else replace(self._rates[key], second_level_tax_rate=second)

    def _rate(self, account: Account) -> WithholdingRate:
        event = self.event
        if event.payment_date is None:
            raise missing_terms("payment_date", "the withholding rate is chosen by payment_date: announce it")
        if not event.source_country:
            raise missing_terms("source_country", "the withholding rate is chosen by source_country: announce it")
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
            detail = (
                f"no {self.event_type.income_type} rate from {event.source_country} for {account.residence} "
                f"{account.beneficial_owner} on {event.payment_date}"
            )
            raise Held("no_rate", "rules.withholding_rates", detail)
        return row


def prepare_event(event: CorporateAction, rules: Rules | None) -> PreparedEvent:
    """Check the event's terms once. Raises Held where the type is not supported or its terms are missing."""
    event_type = EVENT_TYPES.get(event.event_type)
    if event_type is None:
        raise Held(
            "event_type_not_supported", "event_type", f"a {event.event_type} has no rule: it is kept, not calculated"
        )
    if not event.options:
        raise missing_terms("options", "no option is announced")
    if event.entitlement_date is None:
        raise missing_terms("record_date", "neither record_date nor effective_date is announced")
    announced, event = event.payment_date, replace(event, payment_date=pay_date(event, rules))
    prepared = [prepare_option(event, event_type, option, rules, announced) for option in event.options]
    return PreparedEvent(event, event_type, rules, {terms.option.option_number: terms for terms in prepared})
