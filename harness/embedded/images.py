"""The images of engine tasks: pulled from the target's ECR as Fargate pulls them, by the execution role, and unpacked once each."""

import io
import json
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from botocore.exceptions import BotoCoreError, ClientError

from harness.embedded.tasks import TaskSpecification
from harness.failure import HarnessError
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import ENGINE_FOLDER, TAG_DIGITS, ImageReference, digest_of

RegistryOf = Callable[[TaskSpecification, str], ImageRegistry]  # (specification, task id) -> as its execution role


@dataclass(frozen=True)
class ImageStore:
    """Unpacked images in `folder`, by the first 12 digits of their digest; `registry_of` is asked for what is missing."""

    folder: Path
    registry_of: RegistryOf

    def pull(self, specification: TaskSpecification, task_id: str) -> Path:
        """Return the unpacked /opt/engine of the task's image. Raises HarnessError in the words of ECS, with the reason."""
        image = ImageReference.parse(specification.image)
        present = self._folder_of(image.version)
        if ":" in image.version and present.is_dir():
            return present / ENGINE_FOLDER
        try:
            return self._pulled(image, self.registry_of(specification, task_id)) / ENGINE_FOLDER
        except (HarnessError, ClientError, BotoCoreError, tarfile.TarError) as problem:
            raise HarnessError(f"CannotPullContainerError: {specification.image}: {problem}") from problem

    def _pulled(self, image: ImageReference, registry: ImageRegistry) -> Path:
        manifest = registry.manifest(image.repository, image.version)
        if manifest is None:
            raise HarnessError("not found in the registry; run `make apply`, which pushes the engine's image")
        folder = self._folder_of(digest_of(manifest))
        if folder.is_dir():
            return folder
        unfinished = folder.with_suffix(".partial")
        shutil.rmtree(unfinished, ignore_errors=True)
        for layer in json.loads(manifest).get("layers", []):
            _unpack(registry.blob(image.repository, layer["digest"]), unfinished)
        if not (unfinished / ENGINE_FOLDER).is_dir():
            raise HarnessError(f"holds no /{ENGINE_FOLDER}; give an image that `make apply` or `make image` made")
        unfinished.rename(folder)
        return folder

    def _folder_of(self, digest: str) -> Path:
        return self.folder / digest.partition(":")[2][:TAG_DIGITS]


def _unpack(layer: bytes, folder: Path) -> None:
    """Write the engine's files of a layer into `folder`. Links, devices and names that lead elsewhere are left out."""
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            content = archive.extractfile(member) if member.isfile() else None
            if content and path.is_relative_to(ENGINE_FOLDER) and ".." not in path.parts:
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content.read())
