"""Terraform on a target: which provider, which variables, which password. One way in: `infrastructure`."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from harness.deployment.access import aws_environment, database_credentials, running_state
from harness.deployment.engine_image import (
    GIVEN,
    REPOSITORY,
    deliver_image,
    expected_image,
    repository_is_made,
    repository_url,
)
from harness.deployment.task_keys import ROLE, renew_keys, role_arn, session_secrets, wants_keys
from harness.embedded.run_folder import CHECKOUT, RunFolder, read_json
from harness.environment import PROXIES, child
from harness.failure import HarnessError
from harness.provider.protocol.server import serving
from harness.provider.schema.provider_schema import load
from harness.provider.service import Provider
from harness.results.deployment import Deployment
from harness.targets.identity import running
from harness.targets.target import Target
from harness.terraform.driver import Driver, Line, RegistryUnreachableError
from harness.terraform.executable import choose

ROOT = CHECKOUT / "terraform"
PROVIDERS = ("embedded", "registry")
TIME_OUTS = "TF_VAR_time_outs"
"""The variable of Terraform's that comes from the environment: tests of faults shorten what they wait for."""


@dataclass(frozen=True)
class Infrastructure:
    """Terraform ready to run on a target. `provider`: ours, when it is attached (its calls are recorded). `notes`: lines to show first."""

    driver: Driver
    provider: Provider | None
    notes: tuple[str, ...]

    def with_engine(
        self, target: Target, see: Callable[[Line], None], say: Callable[[str], None]
    ) -> tuple[Driver, str]:
        """Bring the engine's image into the target's repository, and keys for its tasks where these need some.

        Return (driver, why): the driver that names the image, or names none and the reason. `see` gets the messages of the Terraform that
        makes repository and role first, `say` what was done with the image. Raises TerraformError if they cannot be made.
        """
        state, environment, keys = self.driver.state, aws_environment(target), wants_keys(target)
        there = {
            REPOSITORY: bool(os.environ.get(GIVEN)) or repository_is_made(repository_url(state), environment),
            ROLE: not keys or role_arn(state) is not None,
        }
        if missing := [address for address, made in there.items() if not made]:
            self.driver.apply(see, targets=missing)
        own: dict[str, Any] = {"engine_image": None}
        if keys:
            renew_keys(target, state, environment)
            own["engine_secrets"] = session_secrets(environment)
        why = ""
        try:
            own["engine_image"] = deliver_image(target, repository_url(state), environment, say)
        except HarnessError as error:
            why = " ".join(str(error).split())  # an answer may be a page
        return replace(self.driver, variables={**self.driver.variables, **own}), why


@contextmanager
def infrastructure(target: Target, absent: Iterable[str] | None = None) -> Iterator[Infrastructure]:
    """Initialise Terraform with the right provider, which is attached while the block runs. Raises HarnessError with the remedy.

    `absent`: the services whose modules are switched off; None: those of the last `apply`.
    """
    run, environment, target = RunFolder.of_target(target.name), aws_environment(target), running(target)
    if absent is None:
        deployed = Deployment.read(run)
        absent = deployed.absent if deployed else ()
    folder = run.path / "terraform"
    executable = choose(os.environ, folder)
    region = {"TF_VAR_aws_region": environment["AWS_REGION"]}
    passed = (name for name in os.environ if name.startswith("TF_LOG") or name == TIME_OUTS)
    own = {"HOME": str(folder), **environment, **_password(run, environment), **region}
    terraform = child(own, *PROXIES, *passed)
    image = expected_image(target, repository_url(run.terraform_state), environment)
    keys = session_secrets(environment) if wants_keys(target) else {}
    own_variables = {**variables(target, environment["AWS_REGION"], absent, image), "engine_secrets": keys}
    driver = Driver(
        executable.path, ROOT, folder, run.terraform_state, terraform, own_variables, (ROOT / "targets" / f"{target.entry}.tfvars",),
    )  # fmt: skip
    from_registry, note = _initialised_from_registry(target, run, driver)
    notes = (*executable.passed_over, *([note] if note else []))
    if from_registry:
        yield Infrastructure(driver, None, notes)
        return
    schema = load()
    provider = Provider(schema, environment)
    with serving(provider, schema) as attached:
        driver = replace(driver, environment={**terraform, **attached})
        driver.init()
        yield Infrastructure(driver, provider, notes)


def _initialised_from_registry(target: Target, run: RunFolder, driver: Driver) -> tuple[bool, str]:
    """Initialise with the registry's provider where it is wanted; return whether that was done, and why not where it was wanted.

    PROVIDER decides, else the provider that made the state, else the target's entry. Only the entry's wish gives way to our stand-in.
    """
    asked, made_by = os.environ.get("PROVIDER"), _maker_of_state(run)
    if asked and asked not in PROVIDERS:
        raise HarnessError(f"PROVIDER is {asked!r}: give one of {', '.join(PROVIDERS)}, or unset it", exit_status=3)
    if (asked or made_by or target.provider) == "embedded":
        return False, ""
    try:
        driver.init()
    except RegistryUnreachableError as error:
        if asked or made_by:
            wanted = "PROVIDER=registry" if asked else "the registry's provider made what is applied"
            raise HarnessError(f"{wanted}, and: {error}; PROVIDER=embedded takes our stand-in") from error
        return False, "the Terraform registry cannot be reached: our stand-in for the AWS provider takes its place"
    return True, ""


def _maker_of_state(run: RunFolder) -> str:
    """Return the provider that applied what is in Terraform's state, or "" where nothing is."""
    applied = Deployment.read(run) if read_json(run.terraform_state).get("resources") else None
    return applied.provider if applied else ""


def _password(run: RunFolder, environment: Mapping[str, str]) -> dict[str, str]:
    """The database password for Terraform's write-only arguments: the secret's present value, else a new one of a higher version."""
    state = read_json(run.terraform_state)
    present = database_credentials(state.get("outputs", {}).get("database_secret_arn", {}).get("value"), environment)
    version = _password_version(state)
    if present:
        return {"TF_VAR_database_password": present["password"], "TF_VAR_database_password_version": str(version or 1)}
    return {"TF_VAR_database_password": secrets.token_urlsafe(24), "TF_VAR_database_password_version": str(version + 1)}


def _password_version(state: Mapping[str, Any]) -> int:
    """The version that the database in the state was made with; 0 where there is none."""
    instances = [
        resource["instances"] for resource in state.get("resources", []) if resource["type"] == "aws_db_instance"
    ]
    return int(instances[0][0]["attributes"].get("password_wo_version") or 0) if instances and instances[0] else 0


def variables(target: Target, region: str, absent: Iterable[str], image: str | None) -> dict[str, Any]:
    """Return values of Terraform's root variables that no tfvars file can hold: addresses, ports, the image, what is absent."""
    values: dict[str, Any] = {
        "absent_services": sorted(absent),
        "engine_image": image,
        "package_directory": str(CHECKOUT / "build"),
    }
    if target.started_by != "harness":
        template = target.api_base_url_template
        return values | ({"api_base_url_template": target.filled(template, region)} if template else {})
    state = running_state(target)
    return values | {
        "api_base_url_template": replace(target, endpoint=state.endpoint).filled(
            target.api_base_url_template or "", region
        ),
        "database_port": state.ports["postgres"],
        "endpoint_environment": {"AWS_ENDPOINT_URL": state.endpoint},
    }
