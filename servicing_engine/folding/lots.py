"""Folding accounts' lots again, a chunk of accounts at once: from all their trades, and the events of what they traded or got for it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.case import Case, Holder, effects_of, open_case, part_of
from domain.held import Hold
from domain.lots import Lot, LotEffect, Pair, fold_accounts, follows_elections, needed_rates
from domain.records import Account, CorporateAction, Trade, Transfer
from domain.rules import Rules
from servicing_engine.store import cases, current, exchange_rates, holds, linked, results
from servicing_engine.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Folding:
    """One transaction's tools: connection and cursor, the rules and the instant (UTC) that it calculates with."""

    connection: Any
    cursor: Any
    rules: Rules
    now: datetime


@dataclass(frozen=True, slots=True)
class Refolded:
    """Some accounts' lots, folded again, by account; what is `held` of them, and the rates that each needs."""

    lots: Mapping[str, Sequence[Lot]]
    held: Sequence[Hold]
    needed: Mapping[str, Sequence[Pair]]


HELD_OF_LOTS = ("trade", "transfer", "lots")
"""Kinds of holds that a fold of lots judges."""


def fold_lots_of(folding: Folding, accounts: Sequence[str], traded: Mapping[str, Collection[str]]) -> None:
    """Write the lots of these accounts and of those that transfers link to them, whose locks the caller holds, as of the day of `now`.

    `traded`: the securities, by account, of trades and transfers that changed.
    """
    cursor = folding.cursor
    for refolded in refold(folding, accounts):
        exchange_rates.note_needed(cursor, refolded.needed)
        results.write_lots(cursor, refolded.lots, traded)
        holds.replace(cursor, HELD_OF_LOTS, list(refolded.lots), refolded.held, folding.rules.version)


def refold(folding: Folding, accounts: Sequence[str], bought: Sequence[tuple[str, str]] = ()) -> Iterator[Refolded]:
    """Yield what `fold_lots_of` writes, a chunk of accounts at once; reads only. `bought`: (account, security) that events, whose
    entitlements are not written yet, buy."""
    every = sorted(linked.of_accounts(folding.cursor, accounts)) if accounts else []
    moved = linked.transfers(folding.cursor, every)
    for chunk in linked.chunks(every, moved, cases.CHUNK):
        given = [transfer for transfer in moved if transfer.from_safekeeping_account in set(chunk)]
        yield _refold(_Chunk(folding, chunk, given), bought)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Accounts with the transfers between them and the events that touch their lots: `effects` and `holds` by account."""

    folding: Folding
    accounts: Sequence[str]
    transfers: Sequence[Transfer]
    effects: dict[str, list[LotEffect]] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)


def _refold(chunk: _Chunk, bought: Sequence[tuple[str, str]]) -> Refolded:
    cursor, accounts = chunk.folding.cursor, chunk.accounts
    trades: dict[str, list[Trade]] = {account: [] for account in accounts}
    for trade in current.records(cursor, Trade, "safekeeping_account", accounts):
        if trade.function != "CANC":
            trades[trade.safekeeping_account].append(trade)
    traded = {account: {trade.isin for trade in of_account} for account, of_account in trades.items()}
    for account, isin in (*current.bought_securities(cursor, accounts), *bought):
        if account in traded:
            traded[account].add(isin)
    for transfer in chunk.transfers:
        for account in transfer.accounts:
            traded[account].add(transfer.isin)
    _add_effects(chunk, traded)
    records = {account.identity: account for account in current.records(cursor, Account, "identity", accounts)}
    parts = [
        part_of(account, records.get(account), trades[account], chunk.effects.get(account, ())) for account in accounts
    ]
    needed = {part.account: list(needed_rates(part)) for part in parts}
    folds = fold_accounts(parts, chunk.transfers, exchange_rates.known(cursor, needed))
    held = [*chunk.holds, *(hold for fold in folds.values() for hold in fold.holds)]
    return Refolded({account: fold.lots for account, fold in folds.items()}, held, needed)


def _add_effects(chunk: _Chunk, traded: Mapping[str, set[str]]) -> None:
    """Add the effects on the securities of each account, then on those that they turn into."""
    by_isin: dict[str, list[Case]] = {}
    seen: dict[str, set[str]] = {account: set() for account in traded}
    while new := {account: isins - seen[account] for account, isins in traded.items() if isins - seen[account]}:
        unknown = {isin for isins in new.values() for isin in isins} - set(by_isin)
        by_isin |= {isin: [] for isin in unknown}
        for event in current.records(chunk.folding.cursor, CorporateAction, "isin", sorted(unknown)):
            by_isin[event.isin].append(open_case(event, chunk.folding.rules, chunk.folding.now.date()))
        holders: dict[str, list[str]] = {}
        for account, isins in new.items():
            seen[account] |= isins
            for isin in isins:
                holders.setdefault(isin, []).append(account)
        traded = {}
        for isin, accounts in sorted(holders.items()):
            for case in by_isin[isin]:
                for account, effects in _effects_on(chunk, case, accounts):
                    chunk.effects.setdefault(account, []).extend(effects)
                    traded.setdefault(account, set()).update(isin for effect in effects for isin, _ in effect.credited)


def _effects_on(chunk: _Chunk, case: Case, accounts: Sequence[str]) -> Iterator[tuple[str, list[LotEffect]]]:
    """Yield (account, effects) of one event; what is held is added to the chunk's holds."""
    if not case.touches_lots:
        return
    if not follows_elections(case.event):
        effects, held = effects_of([(case, None)])
        chunk.holds.extend(replace(hold, account=account) for hold in held for account in accounts)
        yield from ((account, effects) for account in accounts)
        return
    holders = _holders(chunk, case, accounts)
    for account in accounts:
        effects, held = effects_of([(case, holders.get(account))], account)
        chunk.holds.extend(held)
        yield account, effects


def _holders(chunk: _Chunk, case: Case, accounts: Sequence[str]) -> dict[str, Holder]:
    loaded = cases.chunks(chunk.folding.connection, case.event, Scope(accounts=tuple(accounts)))
    return {holder.safekeeping_account: holder for holders in loaded for holder in holders}
