"""Accounts whose lots transfers link: those of one group are folded together.

Transfers are changed alone (`locks`), so that a group stays as it was read until the transaction ends.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from domain.records import Transfer
from servicing_engine.store.current import read
from servicing_engine.store.scope import Scope

_NAMED = "VALUES (body ->> 'from_safekeeping_account'), (body ->> 'to_safekeeping_account')"


def of_accounts(cursor: Any, accounts: Collection[str], facts: str = "current_records") -> set[str]:
    """Return these accounts and all that transfers link them to, directly or through others. `facts` (a constant of ours, never input):
    `facts` also counts transfers that were replaced or cancelled."""
    cursor.execute(
        f"""WITH RECURSIVE linked (account) AS (
                SELECT unnest(%s::text[])
                UNION
                SELECT named.account FROM linked JOIN {facts} ON record_type = 'transfer'
                    AND (body ->> 'from_safekeeping_account' = linked.account OR body ->> 'to_safekeeping_account' = linked.account)
                CROSS JOIN LATERAL ({_NAMED}) AS named (account))
            SELECT account FROM linked""",
        (list(accounts),),
    )
    return {account for (account,) in cursor.fetchall()}


def of_scope(cursor: Any, scope: Scope) -> set[str]:
    """Return all accounts that transfers link to one of the scope."""
    cursor.execute(
        f"""SELECT safekeeping_account FROM (
                SELECT named.safekeeping_account FROM current_records CROSS JOIN LATERAL ({_NAMED}) AS named (safekeeping_account)
                WHERE record_type = 'transfer') AS transferring WHERE {scope.sql}""",
        scope.values,
    )
    return of_accounts(cursor, [account for (account,) in cursor.fetchall()])


def transfers(cursor: Any, accounts: Collection[str]) -> list[Transfer]:
    """Return the current transfers, cancelled ones left out, that these accounts give, by transfer id."""
    cursor.execute(
        """SELECT body FROM current_records WHERE record_type = 'transfer' AND body ->> 'function' <> 'CANC'
           AND body ->> 'from_safekeeping_account' = ANY(%s) ORDER BY identity""",
        (list(accounts),),
    )
    return read(Transfer, (body for (body,) in cursor.fetchall()))


def chunks(accounts: Sequence[str], moved: Sequence[Transfer], size: int) -> Iterator[list[str]]:
    """Yield the accounts in chunks of about `size`, those that transfers link in one chunk."""
    group = {account: [account] for account in accounts}
    for transfer in moved:
        giver, receiver = (group[account] for account in transfer.accounts)
        if giver is not receiver:
            giver += receiver
            group |= dict.fromkeys(receiver, giver)
    chunk: list[str] = []
    for of_group in {id(members): members for members in group.values()}.values():
        if chunk and len(chunk) + len(of_group) > size:
            yield chunk
            chunk = []
        chunk = [*chunk, *of_group]
    if chunk:
        yield chunk
