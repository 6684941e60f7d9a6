"""Files that images are made from: an engine.zip, an archive as Docker saves it, and the command of a container engine."""

import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_ENGINE = """#!{python}
import json, os, pathlib, shutil, sys
seen = pathlib.Path(__file__).with_suffix(".calls")
context = pathlib.Path(sys.argv[-1])
found = sorted(str(path.relative_to(context)) for path in context.rglob("*") if path.is_file()) if "build" in sys.argv else []
with seen.open("a") as file:
    file.write(json.dumps({{"arguments": sys.argv[1:], "context": found, "DOCKER_HOST": os.environ.get("DOCKER_HOST")}}) + "\\n")
if sys.argv[1] == "save":
    shutil.copy({archive!r}, sys.argv[sys.argv.index("--output") + 1])
"""


def zipped(file: Path, files: Mapping[str, bytes], names: Sequence[str], year: int = 1980) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), files[name])
    return file


def saved(file: Path, layers: Sequence[bytes], images: int = 1) -> bytes:
    """Writes an archive as `docker save` does; returns the configuration in it."""
    config = json.dumps({"rootfs": {"diff_ids": []}}).encode()
    names = [f"blobs/sha256/{number}" for number in range(len(layers))]
    listed = {"Config": "blobs/sha256/config", "RepoTags": ["engine:1"], "Layers": names}
    content = {"manifest.json": json.dumps([listed] * images).encode(), "blobs/sha256/config": config}
    with tarfile.open(file, "w") as archive:
        for name, part in {**content, **dict(zip(names, layers, strict=True))}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(part)
            archive.addfile(entry, io.BytesIO(part))
    return config


def container_engine(command: Path, archive: Path = Path("/dev/null")) -> Path:
    """A command that notes its calls (`calls`), and saves `archive` as any image."""
    command.parent.mkdir(exist_ok=True)
    command.write_text(_ENGINE.format(python=sys.executable, archive=str(archive)))
    command.chmod(0o755)
    return command


def calls(command: Path) -> list[dict[str, object]]:
    """What the command was called with: arguments, files of the build's context, DOCKER_HOST."""
    file = command.with_suffix(".calls")
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
