"""Drawings by lot: what was drawn of each account, by its drawing record, else by the announcement (domain rules, "Drawings").

Which holdings a lottery hits is known per account only: ISO 15022 36B/36E of the holder's own MT564, or the servicer's report.
"""

from collections.abc import Iterable
from decimal import Decimal

from domain.corporate_actions.event_type import EventType
from domain.held import Held
from domain.records import CorporateAction, Drawing


def drawn_by_option(event: CorporateAction, event_type: EventType, drawings: Iterable[Drawing]) -> dict[str, Decimal]:
    """Return option number -> units that one account's drawing records name. Raises Held for an event or option that draws none."""
    numbers = [option.option_number for option in event.options]
    drawn = {}
    for drawing in drawings:
        if not event_type.draws:
            detail = f"drawing {drawing.identity}: a {event.event_type} draws nothing by lot"
            raise Held("not_drawn", "event_type", detail)
        number = drawing.option_number or (numbers[0] if len(numbers) == 1 else "")
        if number not in numbers:
            detail = f"drawing {drawing.identity} names option {number or 'none'} of {', '.join(numbers)}"
            raise Held("unknown_option", "option_number", detail)
        drawn[number] = drawing.quantity
    return drawn
