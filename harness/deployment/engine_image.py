"""The engine's image on a target: which one it is, and how it gets into the target's ECR."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from harness.embedded.run_folder import CHECKOUT, read_json
from harness.environment import client
from harness.failure import HarnessError
from harness.packaging.image import built_image
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import ImageReference, digest_of, image_of_zip, tag_of
from harness.targets.docker import docker_answers
from harness.targets.registry import CA_BUNDLE
from harness.targets.target import Target

GIVEN = "ENGINE_IMAGE"
REPOSITORY = "module.engine[0].aws_ecr_repository.this"
"""Terraform's address of the image repository: what a targeted apply makes before the image is delivered."""
_BUILD = CHECKOUT / "build"


def deliver_image(
    target: Target, repository_url: str | None, environment: Mapping[str, str], say: Callable[[str], None]
) -> str:
    """Return the reference of the engine's image for Terraform, once the target's ECR holds the image; `say` is told what was done.

    ENGINE_IMAGE is returned as it is. Where tasks run in containers, Docker or Podman builds the image, unless the repository has this
    package's tag already; elsewhere it is made from engine.zip. Raises HarnessError if no container engine answers or the registry refuses.
    """
    if given := os.environ.get(GIVEN):
        say(f"{given} ({GIVEN})")
        return given
    if repository_url is None:
        raise HarnessError(
            f"Terraform's state has no {REPOSITORY}: the engine's image has no repository; give {GIVEN}=name"
        )
    name, tag = ImageReference.parse(repository_url).repository, tag_of(_BUILD / "engine.zip")
    registry = _registry(target, repository_url, environment)
    if not runs_containers(target):
        image = image_of_zip(_BUILD / "engine.zip")
        digest, pushed = image.digest, registry.push(name, image, tag)
    elif (present := registry.manifest(name, tag)) is not None:
        digest, pushed = digest_of(present), False
    else:
        with built_image(CHECKOUT, _BUILD) as image:
            digest, pushed = image.digest, registry.push(name, image, tag)
    say(f"{name}:{tag} {'pushed' if pushed else 'is in the repository already'}")
    return f"{_pulled_from(target, repository_url, environment)}@{digest}"


def expected_image(target: Target, repository_url: str | None, environment: Mapping[str, str]) -> str | None:
    """Return the reference that `deliver_image` would give, without delivering; with a tag where the digest is not known yet.

    None if there is no package either: then no engine can run.
    """
    package = _BUILD / "engine.zip"
    if (given := os.environ.get(GIVEN)) or not package.exists():
        return given or None
    if repository_url is None:
        return f"engine:{tag_of(package)}"
    if not runs_containers(target):
        return f"{_pulled_from(target, repository_url, environment)}@{image_of_zip(package).digest}"
    return _present_image(target, repository_url, environment, tag_of(package))


def repository_url(terraform_state: Path) -> str | None:
    """Return the URL of the engine's repository in a state file, None if it is not made yet."""
    _, kind, name = REPOSITORY.rsplit(".", 2)
    for resource in read_json(terraform_state).get("resources", []):
        if (resource["type"], resource["name"]) == (kind, name) and resource["instances"]:
            return str(resource["instances"][0]["attributes"]["repository_url"])
    return None


def runs_containers(target: Target) -> bool:
    """Return True if the image must be one that a container engine has built: elsewhere processes or records stand for the tasks."""
    way = target.runs["ecs"]
    return way in ("container", "managed") or (way in ("container-or-record", "unknown") and docker_answers())


def repository_is_made(repository_url: str | None, environment: Mapping[str, str]) -> bool:
    """Return True if the repository is in Terraform's state and in ECR: an emulator that was restarted has lost it."""
    if repository_url is None:
        return False
    ecr = client("ecr", environment)
    try:
        ecr.describe_repositories(repositoryNames=[ImageReference.parse(repository_url).repository])
    except ecr.exceptions.RepositoryNotFoundException:
        return False
    except (ClientError, BotoCoreError) as problem:
        raise HarnessError(f"the engine's image repository {repository_url} cannot be read: {problem}") from problem
    return True


def _present_image(target: Target, repository_url: str, environment: Mapping[str, str], tag: str) -> str:
    name = ImageReference.parse(repository_url).repository
    try:
        present = _registry(target, repository_url, environment).manifest(name, tag)
    except HarnessError:
        present = None  # `apply` says why; `plan` and `destroy` need no registry
    version = f":{tag}" if present is None else f"@{digest_of(present)}"
    return f"{_pulled_from(target, repository_url, environment)}{version}"


def _registry(target: Target, repository_url: str, environment: Mapping[str, str]) -> ImageRegistry:
    """Return the registry of a repository: at the target's endpoint, on AWS at the repository's own host."""
    host, endpoint = ImageReference.parse(repository_url).registry, environment.get("AWS_ENDPOINT_URL")
    try:
        return ImageRegistry.of_ecr(client("ecr", environment), host, endpoint, environment.get(CA_BUNDLE))
    except (ClientError, BotoCoreError) as problem:
        raise HarnessError(
            f"target {target.name}: ECR gives no token to push the engine's image: {problem}"
        ) from problem


def _pulled_from(target: Target, repository_url: str, environment: Mapping[str, str]) -> str:
    """Return the repository as the tasks' host names it: by the target's `image_registry` where ECR's own name leads nowhere."""
    if target.image_registry is None:
        return repository_url
    host = target.filled(target.image_registry, environment["AWS_REGION"])
    return f"{host}/{ImageReference.parse(repository_url).repository}"
