"""A zip whose bytes depend on names and contents alone."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest instant that a zip can hold: every entry has it."""

_SKIPPED_FOLDERS = {"__pycache__", "bin"}
_SKIPPED_SUFFIXES = {".pyc", ".so", ".pyd"}


def tree(root: Path, prefix: str = "") -> dict[str, Path]:
    """Archive name -> file, for a source tree or an installed site folder, without caches, scripts and metadata."""
    files: dict[str, Path] = {}
    for path in root.rglob("*"):
        relative = path.relative_to(root)
        if path.is_file() and not _skipped(relative):
            files[f"{prefix}{relative.as_posix()}"] = path
    return files


def _skipped(relative: Path) -> bool:
    if relative.suffix in _SKIPPED_SUFFIXES or any(part.endswith(".dist-info") for part in relative.parts[:-1]):
        return True
    return any(part in _SKIPPED_FOLDERS for part in relative.parts[:-1])


def write_archive(target: Path, entries: Mapping[str, Path]) -> str:
    """Writes the zip through a temporary file beside it; returns its SHA-256 in hex."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    try:
        _write_entries(partial, entries)
    except ValueError as error:  # zipfile complains of the entry in hand, and so hides a Ctrl-C
        if isinstance(error.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    partial.chmod(0o644)  # whatever the umask: an image's user is another
    partial.replace(target)
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _write_entries(target: Path, entries: Mapping[str, Path]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, entries[name].read_bytes())
