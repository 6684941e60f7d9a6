"""Images of engine tasks: pulled from a real ECR over the registry API, checked, and unpacked whole or not at all."""

import io
import json
import tarfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.embedded.images import ImageStore
from harness.embedded.tasks import TaskSpecification
from harness.failure import HarnessError
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import CONFIG, LAYER, Blob, Image, image_of_zip
from tests.unit.packaging.emulator import Emulator, running
from tests.unit.packaging.making import zipped

FILES = {"servicing_engine/__main__.py": b"print(1)", "domain/money.py": b"2"}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(tmp_path_factory.mktemp("images")) as made:
        yield made


@dataclass
class Pulling:
    """A repository, and a store that pulls from it; `asked` counts the tokens."""

    emulator: Emulator
    url: str
    folder: Path
    asked: int = 0

    def push(self, image: Image, tag: str = "v1") -> str:
        self.emulator.registry(self.url).push(self.url.partition("/")[2], image, tag)
        return f"{self.url}@{image.digest}"

    def pull(self, reference: str) -> Path:
        specification = TaskSpecification("engine:1", reference, {}, {}, "", "")
        return ImageStore(self.folder, self.registry_of).pull(specification, "task")

    def registry_of(self, _specification: TaskSpecification, _task_id: str) -> ImageRegistry:
        self.asked += 1
        return self.emulator.registry(self.url)


@pytest.fixture
def pulling(emulator: Emulator, tmp_path: Path) -> Pulling:
    (tmp_path / "images").mkdir()
    return Pulling(emulator, emulator.repository(f"engine-{uuid.uuid4().hex[:8]}"), tmp_path / "images")


@pytest.fixture
def image(tmp_path: Path) -> Image:
    return image_of_zip(zipped(tmp_path / "engine.zip", FILES, sorted(FILES)))


def test_an_image_is_unpacked_under_its_digest_and_pulled_once(pulling: Pulling, image: Image) -> None:
    reference = pulling.push(image)
    folder = pulling.pull(reference)
    assert folder == pulling.folder / image.digest[7:19] / "opt" / "engine"
    assert {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*.py")} == FILES
    assert (pulling.pull(reference), pulling.asked) == (folder, 1)


def test_of_a_layer_only_the_engines_files_are_unpacked(pulling: Pulling, image: Image) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in (
            "opt/engine/../../../escaped",
            "../escaped",
            "/opt/engine/absolute",
            "etc/passwd",
            "./opt/engine/more.py",
        ):
            archive.addfile(tarfile.TarInfo(name))
        link = tarfile.TarInfo("opt/engine/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    folder = pulling.pull(pulling.push(Image(image.config, (*image.layers, Blob.of(LAYER, buffer.getvalue())))))
    assert {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()} == {*FILES, "more.py"}
    assert [one.name for one in pulling.folder.iterdir()] == [folder.parents[1].name]
    assert [one.name for one in folder.parents[1].iterdir()] == ["opt"]


def test_a_tag_is_resolved_at_each_pull_as_it_may_have_moved(pulling: Pulling, image: Image) -> None:
    reference = pulling.push(image)
    assert [pulling.pull(f"{pulling.url}:v1") for _ in range(2)] == [pulling.pull(reference)] * 2
    assert pulling.asked == 2


def test_an_image_that_was_never_pushed_is_told_by_its_reference_with_the_remedy(pulling: Pulling) -> None:
    reference = f"{pulling.url}@sha256:{'0' * 64}"
    with pytest.raises(HarnessError) as told:
        pulling.pull(reference)
    said = f"CannotPullContainerError: {reference}: not found in the registry; run `make apply`"
    assert str(told.value).startswith(said)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Blob.of(LAYER, b"no tar" * 1000), "CannotPullContainerError: .*"),
        (replace(Blob.of(LAYER, b""), digest=f"sha256:{'1' * 64}"), "BLOB_UNKNOWN"),
    ],
    ids=["no tar", "never uploaded"],
)
def test_an_image_with_a_bad_layer_leaves_nothing_that_a_later_pull_would_take(
    pulling: Pulling, image: Image, layer: Blob, said: str
) -> None:
    bad = Image(Blob.of(CONFIG, b"{}"), (*image.layers, layer))
    pulling.push(image)
    name = pulling.url.partition("/")[2]
    pulling.emulator.ecr.put_image(repositoryName=name, imageManifest=bad.manifest.decode(), imageTag="bad")
    with pytest.raises(HarnessError, match=said):
        pulling.pull(f"{pulling.url}:bad")
    assert not (pulling.folder / bad.digest[7:19]).exists()


def test_an_image_without_the_engine_is_no_image_of_ours(pulling: Pulling, tmp_path: Path) -> None:
    reference = pulling.push(Image(Blob.of(CONFIG, json.dumps({}).encode()), ()))
    with pytest.raises(HarnessError, match="holds no /opt/engine; give an image that"):
        pulling.pull(reference)
