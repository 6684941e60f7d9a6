"""`lots ACCOUNT [--as-at INSTANT]`: an account's tax lots and what it realised, as they stood at an instant.

Lots are a fold of facts that are stored append-only with the instant at which they were received. So what they were is folded again from
those, by the functions of `calculate`: nothing is kept twice. With the present rules, which matter only to a derived ex-date and to what a
reinvested dividend bought.
"""

from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from domain.case import open_case
from domain.case.book import fold_book
from domain.records import CorporateAction
from domain.rules import Rules
from servicing_engine.clients import Clients
from servicing_engine.commands.common import print_json, read_database
from servicing_engine.rules_source import RulesSource
from servicing_engine.settings import Settings, UnusableError
from servicing_engine.store.known import book_of


def lots_as_at(cursor: Any, account: str, at: datetime, rules: Rules) -> dict[str, list[dict[str, Any]]]:
    """Return `tax_lots`, closed lots too, and `realised`, as `calculate` prints them; `at` is aware."""
    book = book_of(cursor, account, at)
    cases = [open_case(event, rules, at.date()) for event in book.of_type(CorporateAction)]
    folds, _ = fold_book(book, cases, {}, [(account, "")])
    return {
        "tax_lots": [lot.to_json() for fold in folds for lot in fold.lots if lot.safekeeping_account == account],
        "realised": [row.to_json() for fold in folds for row in fold.realised if row.safekeeping_account == account],
    }


def print_lots(account: str, at: datetime) -> int:
    """Print an account's lots as JSON and return the exit status. Raises UnusableError without a task's environment or rules."""
    settings, clients = Settings.from_environment(), Clients.make()
    try:
        rules = RulesSource(clients.appconfigdata, clients.appconfig, settings).rules()
    except (BotoCoreError, ClientError) as error:
        raise UnusableError(f"AppConfig serves no rules: {error}") from error
    return print_json(read_database(lambda cursor: lots_as_at(cursor, account, at, rules)))
