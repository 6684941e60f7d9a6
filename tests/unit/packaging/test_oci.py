"""Images as data: the engine's image made from its zip, images that Docker or Podman saved, and the names of images."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.failure import HarnessError
from harness.packaging.oci import Blob, Image, ImageReference, image_of_archive, image_of_zip, tag_of
from tests.unit.packaging.making import saved, zipped

NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z_]{1,60}){0,3}\.py", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=6)


def bytes_of(blob: Blob) -> bytes:
    with blob.open() as content:
        return content.read()


def files_in(image: Image) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(bytes_of(image.layers[0]))) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}  # type: ignore[union-attr]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(files=FILES, year=st.integers(1981, 2100), data=st.data())
def test_an_images_digest_depends_on_names_and_contents_alone(
    tmp_path: Path, files: dict[str, bytes], year: int, data: st.DataObject
) -> None:
    one = image_of_zip(zipped(tmp_path / "a.zip", files, sorted(files)))
    order = data.draw(st.permutations(sorted(files)))
    assert image_of_zip(zipped(tmp_path / "b.zip", files, order, year)).digest == one.digest
    changed = {**files, order[0]: files[order[0]] + b"#"}
    assert image_of_zip(zipped(tmp_path / "c.zip", changed, order)).digest != one.digest


def test_the_digest_is_the_same_on_every_machine_and_python(tmp_path: Path) -> None:
    package = zipped(tmp_path / "engine.zip", {"domain/money.py": b"1"}, ["domain/money.py"])
    assert image_of_zip(package).digest == "sha256:81a6a4381e9093f272913d77a2b4a17ec98e52217046d95ee38dd7ced601da0b"


def test_an_image_of_a_zip_holds_its_files_below_opt_engine_and_nothing_else(tmp_path: Path) -> None:
    files = {"domain/money.py": b"1", "servicing_engine/__main__.py": b"2"}
    image = image_of_zip(zipped(tmp_path / "engine.zip", files, sorted(files)))
    assert files_in(image) == {f"opt/engine/{name}": content for name, content in files.items()}
    config = json.loads(bytes_of(image.config))
    assert config["rootfs"]["diff_ids"] == [image.layers[0].digest]
    assert config["config"]["Env"] == ["PYTHONPATH=/opt/engine"]


def test_a_manifest_names_each_part_by_its_digest_and_size(tmp_path: Path) -> None:
    image = image_of_zip(zipped(tmp_path / "engine.zip", {"a.py": b"1"}, ["a.py"]))
    manifest = json.loads(image.manifest)
    assert manifest["mediaType"] == "application/vnd.oci.image.manifest.v1+json"
    named = [(part["digest"], part["size"]) for part in (manifest["config"], *manifest["layers"])]
    contents = [bytes_of(blob) for blob in (image.config, *image.layers)]
    assert named == [(f"sha256:{hashlib.sha256(content).hexdigest()}", len(content)) for content in contents]


def test_a_tag_is_the_start_of_the_packages_digest(tmp_path: Path) -> None:
    (tmp_path / "engine.zip").write_bytes(b"x")
    assert tag_of(tmp_path / "engine.zip") == hashlib.sha256(b"x").hexdigest()[:12]


AWS = "000000000000.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "version"),
    [
        (f"{AWS}/a-engine@sha256:1f", AWS, "a-engine", "sha256:1f"),
        ("127.0.0.1:4566/team/engine:1", "127.0.0.1:4566", "team/engine", "1"),
        ("localhost/engine", "localhost", "engine", "latest"),
        ("registry/engine:1", "", "registry/engine", "1"),
        ("engine:1@sha256:1f", "", "engine", "sha256:1f"),
        ("engine", "", "engine", "latest"),
    ],
    ids=["by digest", "port", "localhost", "no host", "tag and digest", "name alone"],
)
def test_a_reference_comes_apart_as_container_engines_read_it(
    text: str, registry: str, repository: str, version: str
) -> None:
    assert ImageReference.parse(text) == ImageReference(registry, repository, version)


def test_an_image_that_docker_saved_has_its_configuration_and_layers_unchanged(tmp_path: Path) -> None:
    layers = [b"base" * 1000, gzip.compress(b"engine")]
    config = saved(tmp_path / "image.tar", layers)
    image = image_of_archive(tmp_path / "image.tar")
    assert [bytes_of(blob) for blob in (image.config, *image.layers)] == [config, *layers]
    assert [blob.digest for blob in image.layers] == [f"sha256:{hashlib.sha256(one).hexdigest()}" for one in layers]
    assert [blob.size for blob in image.layers] == [len(one) for one in layers]
    kinds = [blob.media_type.removeprefix("application/vnd.oci.image.layer.v1.") for blob in image.layers]
    assert kinds == ["tar", "tar+gzip"]


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda file: saved(file, [], images=2), "image.tar holds 2 images"),
        (lambda file: file.write_bytes(b"no tar"), "image.tar is no image archive"),
        (lambda file: tarfile.open(file, "w").close(), "image.tar is no image archive"),
    ],
    ids=["two images", "no tar", "empty"],
)
def test_a_file_that_is_no_archive_of_one_image_is_refused(
    tmp_path: Path, write: Callable[[Path], object], said: str
) -> None:
    write(tmp_path / "image.tar")
    with pytest.raises(HarnessError, match=said):
        image_of_archive(tmp_path / "image.tar")
