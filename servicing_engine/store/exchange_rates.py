"""Exchange rates that lots ask for: each fold notes which, so that a rate finds the accounts that wait for it, or used another one."""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg2.extras import execute_values

from domain.lots import Pair, Rates, rates_by_pair
from domain.records import ExchangeRate
from servicing_engine.store.current import records

Needed = Mapping[str, Iterable[Pair]]
"""Account -> the pairs and days whose rates its lots need."""


def known(cursor: Any, needed: Needed) -> Rates:
    """Return the rates of these that are known."""
    named = {
        f"{one}/{other}/{day}"
        for pairs in needed.values()
        for base, quote, day in pairs
        for one, other in ((base, quote), (quote, base))
    }
    return rates_by_pair(records(cursor, ExchangeRate, "identity", sorted(named))) if named else {}


def note_needed(cursor: Any, needed: Needed) -> None:
    """Note what the lots of each account need now, in place of what they needed before."""
    cursor.execute("DELETE FROM needed_rates WHERE safekeeping_account = ANY(%s)", (list(needed),))
    rows = [(account, *pair) for account, pairs in needed.items() for pair in pairs]
    if rows:
        execute_values(cursor, "INSERT INTO needed_rates VALUES %s", rows, page_size=500)


def accounts_of(cursor: Any, rate: ExchangeRate) -> list[str]:
    """Return the accounts whose lots need the rate of this pair and day, in either direction."""
    cursor.execute(
        """SELECT DISTINCT safekeeping_account FROM needed_rates WHERE day = %(day)s
           AND (currency, tax_currency) IN ((%(base)s, %(quote)s), (%(quote)s, %(base)s)) ORDER BY 1""",
        {"day": rate.date, "base": rate.base, "quote": rate.quote},
    )
    return [account for (account,) in cursor.fetchall()]
