"""The rules documents: withholding rates and market calendars, validated as a whole or refused."""

from dataclasses import dataclass

from domain.rules.market_calendars import MarketCalendar, MarketCalendars
from domain.rules.withholding_rates import ANY, Component, ReclaimDeadline, WithholdingRate, WithholdingRates


@dataclass(frozen=True, slots=True)
class Rules:
    """Both documents as one calculation uses them. A document that was not given is None: what needs it is held."""

    withholding_rates: WithholdingRates | None
    market_calendars: MarketCalendars | None
    withholding_rates_version: str = ""
    market_calendars_version: str = ""

    @property
    def version(self) -> str:
        """`withholding_rates:N;market_calendars:N`, the versions that every entitlement names."""
        return f"withholding_rates:{self.withholding_rates_version};market_calendars:{self.market_calendars_version}"


__all__ = [
    "ANY",
    "Component",
    "MarketCalendar",
    "MarketCalendars",
    "ReclaimDeadline",
    "Rules",
    "WithholdingRate",
    "WithholdingRates",
]
