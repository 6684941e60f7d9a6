"""The engine of before the newest migration on a database of its own making, and the present one that comes beside it and migrates."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

from harness.deadline import wait_for
from tests.faults import versions
from tests.faults.kinds import Fault, migrating
from tests.faults.life import draw_life
from tests.faults.oracle import Oracle
from tests.faults.running import Result, run
from tests.faults.world import World

_SECONDS = 120.0


def upgraded(world: World, oracle: Oracle, seed: int) -> Iterator[Result]:
    """Judge a life on old and new engines side by side, and one on the old engine alone after the migration; the present engine runs at
    the end. Say why, and do nothing, where there is no older engine, or the instance has facts already."""
    with tempfile.TemporaryDirectory() as folder:
        package = versions.older(Path(folder))
        if package is None or world.rows("SELECT FROM facts LIMIT 1"):
            why = (
                "git has no commit before the newest migration" if package is None else "the instance has facts already"
            )
            print(f"no older engine beside this one: {why}", flush=True)
            return
        random = Random(f"upgrade {seed}")
        _began_with(world, package)
        new = sorted(versions.migrations(versions.PRESENT) - versions.migrations(package))
        said = f"{', '.join(new)} by the present engine, beside the one of before"
        beside = migrating(said, lambda world: versions.run_beside(world, versions.PRESENT), new[-1])
        yield run(world, oracle, "upgrade", draw_life(random, whole=True), [beside])
        world.settle()
        alone = Fault("migration, old engine alone", "the engine of before, on what the present one migrated")
        yield run(world, oracle, "upgrade taken back", draw_life(random, whole=True), [alone])
        versions.deploy(world)
        world.settle()


def _began_with(world: World, package: Path) -> None:
    """Let the service run a package from an empty database on."""
    world.scale(0)
    with closing(world.system.database()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    versions.deploy(world, package)
    world.scale(world.tasks_wanted)
    wait_for("its migrations", world.migrations, versions.migrations(package).__eq__, _SECONDS)
