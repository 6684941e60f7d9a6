"""`lots ACCOUNT [--as-at INSTANT] [--explain]`: an account's tax lots and what it realised, as they stood at an instant.

Lots are a fold of facts that are stored append-only with the instant at which they were received. So what they were is folded again from
those, by the functions of `calculate`: nothing is kept twice. With the present rules, which matter only to a derived ex-date and to what a
reinvested dividend bought.
"""

from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from domain.case import open_case
from domain.case.book import fold_book
from domain.lots import lot_rows
from domain.records import CorporateAction
from domain.rules import Rules
from servicing_engine.clients import Clients
from servicing_engine.commands.calculate import explained_lines
from servicing_engine.commands.common import print_json, print_lines, read_database
from servicing_engine.rules_source import RulesSource
from servicing_engine.settings import Settings, UnusableError
from servicing_engine.store.known import book_of


def lots_as_at(
    cursor: Any, account: str, at: datetime, rules: Rules, *, explained: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """Return `tax_lots`, closed lots too, and `realised`, as `calculate` prints them, with or without explanations; `at` is aware."""
    book = book_of(cursor, account, at)
    cases = [open_case(event, rules, at.date()) for event in book.of_type(CorporateAction)]
    folds, _ = fold_book(book, cases, {}, [(account, "")], explained=explained)
    rows = lot_rows(folds, explained=explained)
    return {part: [row for row in of_all if row["safekeeping_account"] == account] for part, of_all in rows.items()}


def print_lots(account: str, at: datetime, explain: bool = False) -> int:
    """Print an account's lots as JSON, or explained for people, and return the exit status. Raises UnusableError without a task's
    environment or rules."""
    settings, clients = Settings.from_environment(), Clients.make()
    try:
        rules = RulesSource(clients.appconfigdata, clients.appconfig, settings).rules()
    except (BotoCoreError, ClientError) as error:
        raise UnusableError(f"AppConfig serves no rules: {error}") from error
    lots = read_database(lambda cursor: lots_as_at(cursor, account, at, rules, explained=explain))
    return print_lines(explained_lines(lots)) if explain else print_json(lots)
