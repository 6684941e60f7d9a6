"""`lots ACCOUNT [--as-at INSTANT]`: an account's tax lots and what it realised, as they stood at an instant.

Lots are a fold of facts that are stored append-only with the instant at which they were received. So what they were is folded again from
those, by the functions of `calculate`: nothing is kept twice. With the present rules, which matter only to a derived ex-date and to what a
reinvested dividend bought.
"""

import json
import sys
from contextlib import closing
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from domain.book import fold_book
from domain.case import open_case
from domain.records import CorporateAction
from domain.rules import Rules
from servicing_engine.clients import Clients
from servicing_engine.rules_source import RulesSource
from servicing_engine.settings import Settings
from servicing_engine.store.connect import connect
from servicing_engine.store.known import book_of

UNUSABLE = 3


def lots_as_at(cursor: Any, account: str, at: datetime, rules: Rules) -> dict[str, list[dict[str, Any]]]:
    """`tax_lots`, closed ones too, and `realised`, as `calculate` prints them; `at` is aware."""
    book = book_of(cursor, account, at)
    cases = [open_case(event, rules, at.date()) for event in book.of_type(CorporateAction)]
    folds, _ = fold_book(book, cases, {}, [(account, "")])
    return {
        "tax_lots": [lot.to_json() for fold in folds for lot in fold.lots if lot.safekeeping_account == account],
        "realised": [row.to_json() for fold in folds for row in fold.realised if row.safekeeping_account == account],
    }


def print_lots(account: str, at: datetime) -> int:
    """Prints them as JSON. Exit status."""
    try:
        settings = Settings.from_environment()
        clients = Clients.make()
        rules = RulesSource(clients.appconfigdata, clients.appconfig, settings).rules()
    except (KeyError, ValueError, BotoCoreError, ClientError) as error:
        print(f"lots: {error.args[0] if error.args else error}", file=sys.stderr)
        return UNUSABLE
    with closing(connect(settings)) as connection, connection.cursor() as cursor:
        found = lots_as_at(cursor, account, at, rules)
    json.dump(found, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0
