"""What waits for an exchange rate: the facts that lack one, and all that follows in the same securities, whose figures depend on them.

A lot whose cost is not known cannot be passed over: the next one would be sold in its place. So a security, with all that events turn it
into and the accounts that transfers link, is folded up to the day before the first rate that lacks, and goes on when that comes. Under a
regime that matches disposals with acquisitions of the next 30 days, disposals of the 30 days before wait too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from domain.held import Held, Hold
from domain.lots.effect import LotEffect
from domain.lots.ledger import OTHER_CURRENCY
from domain.lots.lot import Lot
from domain.lots.part import AccountPart, came_to
from domain.lots.share_plan import WINDOW_DAYS
from domain.lots.tax_currency import Exchanged, Fact, always_needs_rate, id_and_day
from domain.records import Trade, Transfer

_Node = tuple[str, str]
"""(account, ISIN)."""


@dataclass(frozen=True, slots=True)
class _Lack:
    """A fact of an account without the rate of its day."""

    exchanged: Exchanged
    fact: Fact

    @property
    def day(self) -> date:
        return id_and_day(self.fact)[1]

    @property
    def node(self) -> _Node:
        return self.exchanged.part.account, self.fact.isin

    @property
    def what(self) -> str:
        return f"{self.fact.currency} in {self.exchanged.part.tax_currency} on {self.day}"


@dataclass(slots=True)
class Waiting:
    """What is folded now, `parts` and `transfers`, and why the rest waits: `holds`, each once."""

    parts: dict[str, AccountPart]
    transfers: list[Transfer]
    holds: dict[tuple[str, str, str], Hold] = field(default_factory=dict)


def waiting(
    accounts: Mapping[str, Exchanged], transfers: Sequence[Transfer], refused: Mapping[str, Sequence[Hold]]
) -> Waiting | None:
    """Return what has to wait, None if nothing has. `refused`: what a fold of all held, by account, which says which events of another
    currency need a rate."""
    lacks = [lack for account, of_account in accounts.items() for lack in _lacks(of_account, refused[account])]
    if not lacks:
        return None
    effects = {account: of.part.reaching(came_to(account, transfers)) for account, of in accounts.items()}
    groups = _groups(effects, transfers)
    first: dict[_Node, _Lack] = {}
    since: dict[_Node, date] = {}
    for lack in sorted(lacks, key=lambda lack: (lack.day, *id_and_day(lack.fact))):
        group = groups.get(lack.node, {lack.node})
        if lack.node not in first:
            first |= dict.fromkeys(group, lack)
            since |= dict.fromkeys(group, _since(lack, group, accounts, effects, transfers))
    found = Waiting({}, [transfer for transfer in transfers if not _waits(transfer, since)])
    for lack in lacks:
        _hold(found, lack.node[0], lack.fact, _missing(lack))
    for transfer in transfers:
        if _waits(transfer, since):
            node = transfer.from_safekeeping_account, transfer.isin
            _hold(found, node[0], transfer, _follows(transfer.isin, since[node], first[node]))
    for account, of_account in accounts.items():
        part = of_account.part
        facts: tuple[Fact, ...] = (*part.trades, *effects[account], *part.opening)
        for fact in (fact for fact in facts if _is_late(account, fact, since)):
            _hold(found, account, fact, _follows(fact.isin, since[account, fact.isin], first[account, fact.isin]))
        found.parts[account] = replace(
            part,
            trades=[trade for trade in part.trades if not _is_late(account, trade, since)],
            effects=[effect for effect in part.effects if not _is_late(account, effect, since)],
            opening=[lot for lot in part.opening if not _is_late(account, lot, since)],
        )
    return found


def _lacks(exchanged: Exchanged, refused: Sequence[Hold]) -> Iterator[_Lack]:
    events = {hold.identity for hold in refused if hold.kind == "lots" and hold.held.field == OTHER_CURRENCY}
    for fact in exchanged.lacking:
        if always_needs_rate(fact) or (isinstance(fact, LotEffect) and fact.event_id in events):
            yield _Lack(exchanged, fact)


def _groups(effects: Mapping[str, Sequence[LotEffect]], transfers: Iterable[Transfer]) -> dict[_Node, set[_Node]]:
    """Return, by security of an account, all those whose lots events and transfers link to it."""
    links = [
        ((account, effect.isin), (account, isin))
        for account, of_account in effects.items()
        for effect in of_account
        for isin, _ in effect.credited
    ]
    for transfer in transfers:
        giver, receiver = transfer.accounts
        links.append(((giver, transfer.isin), (receiver, transfer.isin)))
    groups: dict[_Node, set[_Node]] = {}
    for one, other in links:
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups |= dict.fromkeys(joined, joined)
    return groups


def _since(
    lack: _Lack,
    group: set[_Node],
    accounts: Mapping[str, Exchanged],
    effects: Mapping[str, Sequence[LotEffect]],
    transfers: Sequence[Transfer],
) -> date:
    """Return the first day that waits: that of the lack, under a regime the earliest disposal that it may reach, from one to the next."""
    since = lack.day
    if not any(accounts[account].part.lot_regime for account, _ in group):
        return since
    days = [on for account, isin in group for on in _disposals(isin, accounts[account].part, effects[account])]
    moved = [transfer for transfer in transfers if (transfer.from_safekeeping_account, transfer.isin) in group]
    days += [transfer.transfer_date for transfer in moved if transfer.transfer_date]
    while reached := [on for on in days if timedelta(0) < since - on <= timedelta(WINDOW_DAYS)]:
        since = min(reached)
    return since


def _disposals(isin: str, part: AccountPart, effects: Iterable[LotEffect]) -> Iterator[date]:
    """Yield the days on which lots may be disposed of: of sales and events."""
    yield from (id_and_day(trade)[1] for trade in part.trades if trade.isin == isin and trade.side == "SELL")
    yield from (effect.on for effect in effects if effect.isin == isin)


def _is_late(account: str, fact: Fact, since: Mapping[_Node, date]) -> bool:
    first = since.get((account, fact.isin))
    is_closed = isinstance(fact, Lot) and not fact.quantity
    return first is not None and id_and_day(fact)[1] >= first and not is_closed


def _waits(transfer: Transfer, since: Mapping[_Node, date]) -> bool:
    first = since.get((transfer.from_safekeeping_account, transfer.isin))
    return first is not None and transfer.transfer_date is not None and transfer.transfer_date >= first


def _missing(lack: _Lack) -> Held:
    at_fault = OTHER_CURRENCY if isinstance(lack.fact, LotEffect) else "currency"
    pair = lack.fact.currency, lack.exchanged.part.tax_currency
    remedy = f"send the exchange_rate {'/'.join(pair)} or {'/'.join(reversed(pair))} of that day"
    return Held("missing_exchange_rate", at_fault, f"no rate of {lack.what} is known: {remedy}")


def _follows(isin: str, since: date, lack: _Lack) -> Held:
    detail = f"{isin} waits from {since} on, as {id_and_day(lack.fact)[0]} lacks the rate of {lack.what}"
    return Held("awaits_exchange_rate", "isin", detail)


def _hold(found: Waiting, account: str, fact: Fact | Transfer, held: Held) -> None:
    """Keep why a fact waits, if it was not said before."""
    match fact:
        case Trade():
            hold = Hold("trade", fact.trade_id, account, held, fact.trade_id)
        case Transfer():
            hold = Hold("transfer", fact.transfer_id, account, held)
        case LotEffect():
            hold = Hold("lots", fact.event_id, account, held)
        case Lot():
            hold = Hold("lot", fact.lot_id, account, held)
    found.holds.setdefault((hold.kind, hold.identity, account), hold)
