"""One schedule, from its plan to what does not hold at its end."""

import random
from dataclasses import dataclass
from functools import partial
from random import Random

from tests.agreement.sides import rules_of
from tests.simulation.oracle import violations
from tests.simulation.plan import Plan
from tests.simulation.postgres import Pool, empty
from tests.simulation.scheduler import Process, Scheduler, StuckError
from tests.simulation.system import System

_MOST_STEPS = 30_000


@dataclass(frozen=True)
class Result:
    """What a schedule showed: violations, a digest of its choices, its steps, and the history of its points."""

    violations: tuple[str, ...]
    trace: str
    steps: int
    history: tuple[str, ...]


def run(plan: Plan, pool: Pool) -> Result:
    """Run one schedule on an empty database."""
    empty(pool)
    scheduler = Scheduler(Random(plan.seed), pool.is_blocked, pool.terminate)
    random.seed(plan.seed)  # the relay shuffles its partitions
    system = System(plan, pool, scheduler, rules_of(plan.document))
    found: list[str] = []
    with system.wired():
        try:
            system.start()
            scheduler.run(_MOST_STEPS, lambda: scheduler.steps > plan.faulty_steps)
            system.calm()
            scheduler.run(_MOST_STEPS, lambda: False)
        except StuckError as error:
            found.append(str(error))
        except Exception as error:  # noqa: BLE001 - an actor's, of any kind: a fault of the system
            found.append(f"raised {type(error).__name__}: {error}")
        finally:
            scheduler.end()
        if not found:
            scheduler.run_alone(Process("oracle", scheduler), partial(_judge, system, pool, found))
    return Result(tuple(found), scheduler.trace, scheduler.steps, tuple(scheduler.history))


def _judge(system: System, pool: Pool, found: list[str]) -> None:
    found += violations(system, pool)
