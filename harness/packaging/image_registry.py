"""A registry over its HTTP API (version 2, OCI distribution specification): push an image, read manifests and blobs."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from harness.failure import HarnessError
from harness.packaging.oci import MANIFEST, Blob, Image, digest_of

_MANIFESTS = (
    MANIFEST,
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_TIMEOUT = urllib3.Timeout(connect=5, read=60)  # an emulator hashes a layer of 150 MB before it answers


@dataclass(frozen=True)
class ImageRegistry:
    """The registry at `url`. Every request goes there, and names `host` as a container daemon would: emulators route by it.

    `token` is that of ECR's GetAuthorizationToken (Basic). `authorities` is a file of certificate authorities, None for the system's.
    """

    url: str
    host: str
    token: str = field(repr=False)
    authorities: str | None = None

    @classmethod
    def of_ecr(cls, ecr: Any, host: str, endpoint: str | None, authorities: str | None = None) -> "ImageRegistry":
        """Return the registry behind a boto3 client of ECR, with a token of its caller: at `endpoint`, on AWS itself at `host`.

        Raises botocore's errors.
        """
        [authorization] = ecr.get_authorization_token()["authorizationData"]
        url = endpoint or f"https://{host}"
        return cls(url, host or urlsplit(url).netloc, authorization["authorizationToken"], authorities)

    def push(self, repository: str, image: Image, tag: str) -> bool:
        """Upload what the registry lacks of an image; return False if the tag names this image already.

        Raises HarnessError if the tag names another image, or the registry refuses.
        """
        present = self.manifest(repository, tag)
        if present is not None:
            if digest_of(present) == image.digest:
                return False
            raise HarnessError(
                f"{self.host}/{repository}:{tag} is {digest_of(present)}, and not {image.digest}: tags do not move;"
                " delete it (aws ecr batch-delete-image), or give ENGINE_IMAGE=name"
            )
        for blob in (image.config, *image.layers):
            self._upload(repository, blob)
        path, headers = f"{repository}/manifests/{tag}", {"Content-Type": MANIFEST}
        answer = self._ask("PUT", path, (201,), headers=headers, body=image.manifest)
        returned = answer.headers.get("Docker-Content-Digest", image.digest)
        if returned != image.digest:
            raise HarnessError(f"{self.host}/{repository}:{tag} was stored as {returned}, and not as {image.digest}")
        return True

    def manifest(self, repository: str, version: str) -> bytes | None:
        """Return the manifest of a tag or digest as it was pushed, None if there is none. Raises HarnessError if it has another digest."""
        headers = {"Accept": ", ".join(_MANIFESTS)}
        answer = self._ask("GET", f"{repository}/manifests/{version}", (200, 404), headers=headers)
        return None if answer.status == 404 else self._checked(f"{repository}@{version}", version, answer.data)

    def blob(self, repository: str, digest: str) -> bytes:
        """Return a layer or configuration. Raises HarnessError if it is not there, or has another digest."""
        answer = self._ask("GET", f"{repository}/blobs/{digest}", (200,))
        return self._checked(f"{repository}@{digest}", digest, answer.data)

    def _upload(self, repository: str, blob: Blob) -> None:
        if self._ask("HEAD", f"{repository}/blobs/{blob.digest}", (200, 307, 404)).status != 404:
            return  # 307: it is there, at another address
        begun = self._ask("POST", f"{repository}/blobs/uploads/", (202,))
        location = urlsplit(begun.headers["Location"])  # absolute or relative; its host is never asked, ours is
        target = f"{location.path}?{'&'.join(filter(None, [location.query, urlencode({'digest': blob.digest})]))}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)}
        with blob.open() as content:
            self._ask("PUT", target, (201,), headers=headers, body=content)

    def _ask(
        self, method: str, path: str, good: tuple[int, ...], *, headers: dict[str, str] | None = None, body: Any = None
    ) -> urllib3.BaseHTTPResponse:
        """Send one request; `path` is below /v2/, or absolute. Raises HarnessError for every status that is not `good`."""
        target = path if path.startswith("/") else f"/v2/{quote(path, safe='/:')}"
        own = {"Host": self.host, "Authorization": f"Basic {self.token}", **(headers or {})}
        try:
            answer = self._pool.request(
                method, f"{self.url}{target}", headers=own, body=body, retries=False, redirect=False, timeout=_TIMEOUT
            )
        except HTTPError as problem:
            raise HarnessError(
                f"the image registry at {self.url} does not answer {method} {target}: {problem}"
            ) from problem
        if answer.status not in good:
            said = _error_of(answer.data)
            raise HarnessError(f"the image registry at {self.url} answers {method} {target} with {answer.status}{said}")
        return answer

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(ca_certs=self.authorities)

    @staticmethod
    def _checked(name: str, version: str, content: bytes) -> bytes:
        if ":" in version and digest_of(content) != version:
            raise HarnessError(f"{name} came as {digest_of(content)}: the registry's copy is damaged; push it again")
        return content


def _error_of(body: bytes) -> str:
    """Return `: CODE: message` of a registry's error document, or the start of whatever else was answered."""
    try:
        return "".join(f": {error['code']}: {error.get('message', '')}" for error in json.loads(body)["errors"])
    except (ValueError, KeyError, TypeError):
        return f": {body[:200].decode(errors='replace')}" if body else ""
