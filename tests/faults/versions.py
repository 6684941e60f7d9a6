"""Three versions of the engine: the one before the newest migration, the present one, and a next one; and services of the instance that
run them."""

import io
import shutil
import subprocess
import zipfile
from contextlib import suppress
from pathlib import Path

from harness.embedded.run_folder import CHECKOUT
from harness.packaging.build import ENGINE, build_packages
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import ImageReference, image_of_zip, tag_of
from tests.faults.world import World

PRESENT = CHECKOUT / "build" / f"{ENGINE}.zip"
BESIDE = "asset-servicing-engine-beside"
MIGRATIONS = "servicing_engine/store/migrations"
EVERY_TABLE = """DO $$ DECLARE found regclass; BEGIN
    FOR found IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
                 AND relnamespace = 'public'::regnamespace AND relname <> 'migrations' ORDER BY relname LOOP
        EXECUTE format('ALTER TABLE %s ADD COLUMN {name} text NOT NULL DEFAULT repeat(''x'', 3)', found);
        EXECUTE format('CREATE INDEX ON %s ({name})', found);
    END LOOP;
END $$"""
"""As much as a migration may do (ADR 21): it wants the strongest lock on every table in one transaction."""


def older(folder: Path) -> Path | None:
    """Return the engine's package as of the last commit before the newest migration, made in `folder`; None where git has no such commit."""
    newest = _git("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H", "-1", "--", f"{MIGRATIONS}/*.sql")
    source = _git("archive", "--format=zip", f"{newest.decode().strip()}^", "domain", "sending", "servicing_engine")
    if not source:
        return None
    with zipfile.ZipFile(io.BytesIO(source)) as content:
        content.extractall(folder / "source")
    return folder / build_packages(folder / "source", folder)[ENGINE]["path"]


def _git(*arguments: str) -> bytes:
    """Return what git prints; b"" where it refuses."""
    return subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, check=False).stdout


def following(folder: Path, name: str) -> Path:
    """Return a package made in `folder`: the present engine, and a migration of that name, which changes every table."""
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / f"{name}.zip"
    shutil.copy(PRESENT, package)
    with zipfile.ZipFile(package, "a") as content:
        content.writestr(f"{MIGRATIONS}/{name}.sql", EVERY_TABLE.format(name=name))
    return package


def migrations(package: Path) -> set[str]:
    """Return the names of a package's migrations, as the database's table `migrations` has them."""
    with zipfile.ZipFile(package) as content:
        return {Path(name).name for name in content.namelist() if name.startswith(MIGRATIONS) and name.endswith("sql")}


def registered(world: World, package: Path = PRESENT) -> str:
    """Push the image of a package, register the service's task definition with it, and return the ARN."""
    ecs = world.system.client("ecs")
    present = ecs.describe_task_definition(taskDefinition=world.service["taskDefinition"])["taskDefinition"]
    taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    [container] = present["containerDefinitions"]
    changed = present | {"containerDefinitions": [container | {"image": _pushed(world, package, container["image"])}]}
    made = ecs.register_task_definition(**{name: changed[name] for name in taken if changed.get(name)})
    return str(made["taskDefinition"]["taskDefinitionArn"])


def _pushed(world: World, package: Path, present: str) -> str:
    """Push the image of a package beside the `present` one, and return its reference."""
    reference, image = ImageReference.parse(present), image_of_zip(package)
    ecr, endpoint = world.system.client("ecr"), world.system.environment["AWS_ENDPOINT_URL"]
    registry = ImageRegistry.of_ecr(ecr, reference.registry, endpoint)
    registry.push(reference.repository, image, tag_of(package))
    return f"{present.partition('@')[0]}@{image.digest}"


def deploy(world: World, package: Path = PRESENT) -> None:
    """Let the service run a package by a new revision of its task definition: new tasks start, and the old ones drain."""
    service = world.service
    world.system.client("ecs").update_service(
        cluster=service["clusterArn"],
        service=service["serviceName"],
        taskDefinition=registered(world, package),
    )


def run_beside(world: World, package: Path) -> None:
    """Start a second service, with as many tasks of a package."""
    service = world.service
    world.system.client("ecs").create_service(
        cluster=service["clusterArn"],
        serviceName=BESIDE,
        taskDefinition=registered(world, package),
        desiredCount=world.tasks_wanted,
        launchType="FARGATE",
        networkConfiguration=service["networkConfiguration"],
    )


def end_beside(world: World) -> None:
    """Delete the second service, where it was made: its tasks drain."""
    ecs = world.system.client("ecs")
    with suppress(ecs.exceptions.ServiceNotFoundException):
        ecs.delete_service(cluster=world.service["clusterArn"], service=BESIDE, force=True)
