"""Container images as data: blobs, manifest and references (OCI image specification 1), and the engine's image made from its zip."""

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any

from harness.failure import HarnessError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
ENGINE_FOLDER = "opt/engine"  # as in Dockerfile.engine
TAG_DIGITS = 12  # of the package's SHA-256, as the pipeline tags images too
_COMPRESSIONS = {b"\x1f\x8b": "+gzip", b"\x28\xb5\x2f\xfd": "+zstd"}  # by a file's first bytes


@dataclass(frozen=True)
class Blob:
    """A piece of an image. `open` returns its bytes as a file, from the start, at every call."""

    media_type: str
    digest: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]] = field(repr=False, compare=False)

    @classmethod
    def of(cls, media_type: str, content: bytes) -> "Blob":
        """Return the blob of bytes in memory."""
        return cls(media_type, digest_of(content), len(content), lambda: io.BytesIO(content))

    def described(self) -> dict[str, Any]:
        """Return the descriptor by which a manifest names the blob."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True)
class Image:
    """An image of one platform: its configuration and its layers, the lowest first."""

    config: Blob
    layers: tuple[Blob, ...]

    @cached_property
    def manifest(self) -> bytes:
        """Return the manifest as it is pushed; the same parts give the same bytes."""
        parts = {"config": self.config.described(), "layers": [layer.described() for layer in self.layers]}
        return _json({"schemaVersion": 2, "mediaType": MANIFEST, **parts})

    @property
    def digest(self) -> str:
        """Return the digest that names the image in every registry."""
        return digest_of(self.manifest)


@dataclass(frozen=True)
class ImageReference:
    """An image's name taken apart: `registry` is host[:port] or empty, `version` a tag or a digest (`sha256:…`)."""

    registry: str
    repository: str
    version: str

    @classmethod
    def parse(cls, text: str) -> "ImageReference":
        """Return the parts of `[HOST/]NAME[:TAG][@DIGEST]`; a digest hides a tag, and without both the tag is `latest`."""
        name, _, digest = text.partition("@")
        host, slash, path = name.partition("/")
        if not slash or not ("." in host or ":" in host or host == "localhost"):
            host, path = "", name
        repository, _, tag = path.partition(":")
        return cls(host, repository, digest or tag or "latest")


def digest_of(content: bytes) -> str:
    """Return `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def tag_of(package: Path) -> str:
    """Return the tag of the image of an engine.zip: the first 12 hexadecimal digits of the zip's SHA-256."""
    return hashlib.sha256(package.read_bytes()).hexdigest()[:TAG_DIGITS]


def image_of_zip(package: Path) -> Image:
    """Return an image that holds the files of an engine.zip below /opt/engine, and nothing else.

    Python and the engine's packages are the machine's: the embedded target runs tasks as processes. The digest depends on the files'
    names and contents alone, so the layer is not compressed: compressors differ.
    """
    with zipfile.ZipFile(package) as content:
        files = {name: content.read(name) for name in content.namelist() if not name.endswith("/")}
    layer = Blob.of(LAYER, _tar({f"{ENGINE_FOLDER}/{name}": text for name, text in files.items()}))
    started = {"Entrypoint": ["python3", "-m", "servicing_engine"], "WorkingDir": f"/{ENGINE_FOLDER}"}
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {**started, "Env": [f"PYTHONPATH=/{ENGINE_FOLDER}"]},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
    }
    return Image(Blob.of(CONFIG, _json(config)), (layer,))


def image_of_archive(archive: Path) -> Image:
    """Return the one image in a file written by `docker save` or `podman save`. The file is read again at each push.

    Raises HarnessError if the file is no such archive, or holds several images.
    """
    try:
        with tarfile.open(archive) as content:
            listed = json.loads(_member(content, "manifest.json").read())
            if len(listed) != 1:
                raise HarnessError(f"{archive.name} holds {len(listed)} images: save one image by its name")
            config = _member(content, listed[0]["Config"]).read()
            layers = tuple(_layer(archive, content, name) for name in listed[0]["Layers"])
    except (tarfile.TarError, KeyError, ValueError) as problem:
        raise HarnessError(f"{archive.name} is no image archive ({problem}): write it with docker save") from problem
    return Image(Blob.of(CONFIG, config), layers)


def _layer(archive: Path, content: tarfile.TarFile, name: str) -> Blob:
    """Return a layer as the archive holds it: Docker's image store saves plain tars, containerd's compressed ones."""
    with _member(content, name) as file:
        start = file.read(4)
        file.seek(0)
        digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        size = file.tell()
    compression = next((kind for magic, kind in _COMPRESSIONS.items() if start.startswith(magic)), "")

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with tarfile.open(archive) as again, _member(again, name) as layer:
            yield layer

    return Blob(f"{LAYER}{compression}", digest, size, opened)


def _member(content: tarfile.TarFile, name: str) -> io.BufferedReader:
    file = content.extractfile(name)
    if not isinstance(file, io.BufferedReader):
        raise KeyError(f"{name} is no file")
    return file


def _tar(files: Mapping[str, bytes]) -> bytes:
    """Return a tar of these files and their folders, in the order of their names, owned by root, as old as the epoch."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents if parent.name}
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(folders | files.keys()):
            entry = tarfile.TarInfo(name)
            entry.mode = 0o644 if name in files else 0o755
            entry.type = tarfile.REGTYPE if name in files else tarfile.DIRTYPE
            entry.size = len(files.get(name, b""))
            archive.addfile(entry, io.BytesIO(files.get(name, b"")))
    return written.getvalue()


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
