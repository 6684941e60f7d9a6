"""What must hold at rest: `verify`'s invariants, the figures of `calculate`, and each revision announced under one id and no other."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.notification_tap import NotificationTap
from harness.verification.invariants import judge
from harness.verification.look import look_at
from tests.faults.life import Life, entitlement_text, lot_text
from tests.faults.world import World

_CURRENT = "SELECT result FROM entitlements WHERE status = 'CALCULATED' AND safekeeping_account = ANY(%s)"
_LOTS = """SELECT to_jsonb(lot) || jsonb_build_object('quantity', trim_scale(quantity)::text, 'cost_basis', cost_basis::text)
           FROM tax_lots AS lot WHERE safekeeping_account = ANY(%s)"""
_ANNOUNCED = """SELECT corporate_action_event_id, safekeeping_account, option_number, revision FROM announcements
                WHERE safekeeping_account = ANY(%s)"""
_TWO_LOOKS = 2
Key = tuple[str, str, str, int]


@dataclass
class Oracle:
    """Judges lives one after the other. A violation of `verify` that stood before is not told again."""

    world: World
    tap: NotificationTap
    _told: set[tuple[str, str]] = field(default_factory=set)

    def violations(self, life: Life) -> list[str]:
        """Return what does not hold, a sentence each."""
        return [*self._unverified(), *self._differing(life), *self._misheard(life)]

    def _unverified(self) -> Iterator[str]:
        """Two looks must see a violation: the sources cannot be read at one instant."""
        looks: Counter[tuple[str, str, str]] = Counter()
        for _ in range(_TWO_LOOKS):
            findings = judge(look_at(self.world.system, 0))
            found = {(finding.name, one.record, one.found) for finding in findings for one in finding.violations}
            found |= {(finding.name, "", finding.not_judged) for finding in findings if finding.not_judged}
            looks.update(found)
            if not found:
                return
        for name, record, said in sorted(one for one, times in looks.items() if times == _TWO_LOOKS):
            if (name, record) not in self._told:
                self._told.add((name, record))
                yield f"{name}: {record}: {said}"

    def _differing(self, life: Life) -> Iterator[str]:
        entitlements, lots = life.expected()
        stored = {
            "entitlement": (
                entitlements,
                [entitlement_text(row) for (row,) in self.world.rows(_CURRENT, life.holders)],
            ),
            "tax lot": (lots, [lot_text(row) for (row,) in self.world.rows(_LOTS, life.holders)]),
        }
        for what, (wanted, found) in stored.items():
            yield from (f"lost: {what} {text}" for text in (Counter(wanted) - Counter(found)).elements())
            yield from (f"too much: {what} {text}" for text in (Counter(found) - Counter(wanted)).elements())

    def _misheard(self, life: Life) -> Iterator[str]:
        announced = {
            (event, holder, option, revision)
            for event, holder, option, revision in self.world.rows(_ANNOUNCED, life.holders)
        }
        heard: dict[Key, set[str]] = {}
        for detail in self.tap.drain(0):
            if detail["safekeeping_account"] in life.holders:
                key = tuple(
                    detail[name] for name in ("corporate_action_event_id", "safekeeping_account", "option_number")
                )
                heard.setdefault((*key, detail["revision"]), set()).add(detail["notification_id"])
        self.tap.events.clear()
        yield from (f"lost: the notification of {key}" for key in sorted(announced - heard.keys()))
        yield from (
            f"too much: {key} was announced under {len(ids)} ids" for key, ids in sorted(heard.items()) if len(ids) > 1
        )
        yield from (f"too much: {key} was heard, and is not noted" for key in sorted(heard.keys() - announced))
