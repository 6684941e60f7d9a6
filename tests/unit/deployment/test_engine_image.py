"""The engine's image on its way into a target's ECR: MiniStack's, with an engine.zip or a container engine of the test's own."""

import io
import json
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.deployment import engine_image
from harness.deployment.engine_image import deliver_image, expected_image, repository_is_made, repository_url
from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.packaging.oci import image_of_archive, image_of_zip, tag_of
from harness.targets.registry import load
from harness.targets.target import Target
from tests.unit.packaging import making
from tests.unit.packaging.emulator import Emulator, running


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(tmp_path_factory.mktemp("delivery")) as made:
        yield made


@pytest.fixture
def url(emulator: Emulator) -> str:
    return emulator.repository(f"engine-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def environment(emulator: Emulator) -> Mapping[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return {"AWS_ENDPOINT_URL": emulator.endpoint, "AWS_REGION": "us-east-1", **keys}


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build folder with a package of its own."""
    folder = tmp_path / "build"
    folder.mkdir()
    wheels = CHECKOUT / "build" / "wheels"  # fetched once for all
    wheels.mkdir(parents=True, exist_ok=True)
    (folder / "wheels").symlink_to(wheels)
    making.zipped(folder / "engine.zip", {"servicing_engine/__main__.py": b"1"}, ["servicing_engine/__main__.py"])
    monkeypatch.setattr(engine_image, "_BUILD", folder)
    monkeypatch.delenv("ENGINE_IMAGE", raising=False)
    return folder


def target(emulator: Emulator, ecs: str, image_registry: str | None = None) -> Target:
    ministack = load()["ministack"]
    runs = {**ministack.runs, "ecs": ecs}
    return replace(ministack, endpoint=emulator.endpoint, runs=runs, image_registry=image_registry)


def test_where_tasks_are_processes_the_package_is_the_image_and_is_pushed_once(
    emulator: Emulator, url: str, environment: Mapping[str, str], build: Path
) -> None:
    chosen, said = target(emulator, "process"), []
    expected = expected_image(chosen, url, environment)
    delivered = [deliver_image(chosen, url, environment, said.append) for _ in range(2)]
    image, name, tag = image_of_zip(build / "engine.zip"), url.partition("/")[2], tag_of(build / "engine.zip")
    assert delivered == [f"{url}@{image.digest}"] * 2 == [expected] * 2
    assert said == [f"{name}:{tag} pushed", f"{name}:{tag} is in the repository already"]
    assert emulator.registry(url).manifest(name, tag) == image.manifest


def test_elsewhere_a_container_engine_builds_it_once_and_no_login_is_needed(
    emulator: Emulator,
    url: str,
    environment: Mapping[str, str],
    build: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer = io.BytesIO()
    tarfile.open(fileobj=layer, mode="w").close()
    making.saved(tmp_path / "saved.tar", [layer.getvalue()])
    docker = making.container_engine(tmp_path / "docker", tmp_path / "saved.tar")
    monkeypatch.setenv("CONTAINER_ENGINE", str(docker))
    chosen = target(emulator, "container")
    before = expected_image(chosen, url, environment)
    delivered = [deliver_image(chosen, url, environment, lambda _: None) for _ in range(2)]
    image = image_of_archive(tmp_path / "saved.tar")
    assert delivered == [f"{url}@{image.digest}"] * 2 == [expected_image(chosen, url, environment)] * 2
    assert before == f"{url}:{tag_of(build / 'engine.zip')}"  # no digest before there is an image
    assert [call["arguments"][0] for call in making.calls(docker)] == ["version", "build", "save"]


def test_an_image_of_the_callers_is_named_as_it_is(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_IMAGE", "mine:1")
    chosen = target(emulator, "container")
    assert deliver_image(chosen, None, {}, lambda _: None) == expected_image(chosen, None, {}) == "mine:1"


def test_container_daemons_are_told_the_registry_that_they_can_pull_from(
    emulator: Emulator, url: str, environment: Mapping[str, str]
) -> None:
    chosen = target(emulator, "process", image_registry="{address}")
    reference = deliver_image(chosen, url, environment, lambda _: None)
    address = emulator.endpoint.removeprefix("http://")
    assert reference.partition("@")[0] == f"{address}/{url.partition('/')[2]}"


def test_without_a_container_engine_one_line_says_what_to_do(
    emulator: Emulator, url: str, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HarnessError, match="start Docker or Podman, or give ENGINE_IMAGE=name"):
        deliver_image(target(emulator, "container"), url, environment, lambda _: None)


def test_without_a_repository_the_error_names_it_and_the_remedy(emulator: Emulator) -> None:
    with pytest.raises(HarnessError, match=r"no module\.engine.*aws_ecr_repository\.this: .*give ENGINE_IMAGE=name"):
        deliver_image(target(emulator, "process"), None, {}, lambda _: None)


def test_before_the_first_apply_a_plan_names_the_tag_and_without_a_package_no_image(
    emulator: Emulator, build: Path
) -> None:
    chosen, tag = target(emulator, "process"), tag_of(build / "engine.zip")
    assert expected_image(chosen, None, {}) == f"engine:{tag}"
    (build / "engine.zip").unlink()
    assert expected_image(chosen, None, {}) is None


def test_a_repository_that_the_emulator_has_lost_is_not_made(
    emulator: Emulator, url: str, environment: Mapping[str, str]
) -> None:
    assert repository_is_made(url, environment)
    emulator.ecr.delete_repository(repositoryName=url.partition("/")[2])
    assert not repository_is_made(url, environment)
    assert not repository_is_made(None, environment)


@pytest.mark.parametrize("module", ["module.engine", "module.engine[0]"])
def test_the_repositorys_url_is_read_from_the_state_counted_or_not(tmp_path: Path, module: str) -> None:
    made = {"module": module, "type": "aws_ecr_repository", "name": "this"}
    instances = [{"attributes": {"repository_url": "host/engine"}}]
    (tmp_path / "state").write_text(json.dumps({"resources": [{**made, "instances": instances}]}))
    assert repository_url(tmp_path / "state") == "host/engine"
    assert repository_url(tmp_path / "none") is None
