"""Pushing and reading images over the registry API: MiniStack's, and one of the test's own that answers as other registries may."""

import base64
import hashlib
import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.failure import HarnessError
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import CONFIG, LAYER, Blob, Image
from tests.unit.packaging.emulator import Emulator, running

HOST = "000000000000.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(tmp_path_factory.mktemp("registry")) as made:
        yield made


@pytest.fixture
def url(emulator: Emulator) -> str:
    return emulator.repository(f"engine-{uuid.uuid4().hex[:8]}")


def image_of(word: str) -> Image:
    return Image(
        Blob.of(CONFIG, json.dumps({"word": word}).encode()),
        (Blob.of(LAYER, b"base"), Blob.of(LAYER, word.encode() * 1000)),
    )


def test_a_pushed_image_is_in_ecr_by_tag_and_digest_and_comes_back_as_it_was(emulator: Emulator, url: str) -> None:
    image, name, registry = image_of("one"), url.partition("/")[2], emulator.registry(url)
    assert registry.push(name, image, "v1")
    [described] = emulator.ecr.describe_images(repositoryName=name, imageIds=[{"imageDigest": image.digest}])[
        "imageDetails"
    ]
    assert (described["imageTags"], described["imageDigest"]) == (["v1"], image.digest)
    assert registry.manifest(name, "v1") == registry.manifest(name, image.digest) == image.manifest
    assert [registry.blob(name, layer.digest) for layer in image.layers] == [b"base", b"one" * 1000]


def test_an_image_that_is_there_already_is_not_pushed_again(emulator: Emulator, url: str) -> None:
    name, registry = url.partition("/")[2], emulator.registry(url)
    assert [registry.push(name, image_of("one"), "v1") for _ in range(2)] == [True, False]


def test_a_tag_of_another_image_is_refused_with_both_digests_and_the_remedy(emulator: Emulator, url: str) -> None:
    name, registry = url.partition("/")[2], emulator.registry(url)
    registry.push(name, image_of("one"), "v1")
    with pytest.raises(HarnessError) as refused:
        registry.push(name, image_of("two"), "v1")
    for part in (f"{url}:v1 is {image_of('one').digest}", image_of("two").digest, "give ENGINE_IMAGE=name"):
        assert part in str(refused.value)


def test_what_is_not_there_has_no_manifest(emulator: Emulator, url: str) -> None:
    assert emulator.registry(url).manifest(url.partition("/")[2], "v1") is None


def test_a_repository_that_is_not_there_is_told_with_the_registrys_answer(emulator: Emulator, url: str) -> None:
    with pytest.raises(HarnessError, match=r"POST /v2/nowhere/blobs/uploads/ with 404: NAME_UNKNOWN: repository name"):
        emulator.registry(url).push("nowhere", image_of("one"), "v1")


class OtherRegistry:
    """A registry that keeps what it gets; its answers may be told."""

    def __init__(self) -> None:
        self.location = "/v2/engine/blobs/uploads/1"
        self.manifest_digest: str | None = None
        self.blobs: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, str, str]] = []  # method, path, host, authorization
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _handler(registry) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen = (self.command, self.path, self.headers["Host"], self.headers["Authorization"])
                registry.requests.append(seen)
                digest, headers, status = self.path.rpartition("/")[2], {}, 404
                if self.command == "POST":
                    status, headers = 202, {"Location": registry.location}
                elif self.command == "PUT" and "digest=" in self.path:
                    status, digest = 201, f"sha256:{hashlib.sha256(body).hexdigest()}"
                    registry.blobs[digest] = body
                elif self.command == "PUT":
                    status = 201
                    headers = {"Docker-Content-Digest": registry.manifest_digest} if registry.manifest_digest else {}
                elif digest in registry.blobs:
                    status = 200
                content = registry.blobs.get(digest, b"") if self.command == "GET" else b""
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_HEAD = do_GET = do_POST = do_PUT = answer

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        return Handler


@pytest.fixture
def other() -> Iterator[OtherRegistry]:
    made = OtherRegistry()
    yield made
    made.server.shutdown()
    made.server.server_close()


TOKEN = base64.b64encode(b"AWS:token").decode()


@pytest.mark.parametrize(
    "location",
    ["/v2/engine/blobs/uploads/1", f"https://{HOST}/v2/engine/blobs/uploads/1?state=2"],
    ids=["relative", "absolute at a host that must not be asked"],
)
def test_uploads_go_to_the_endpoint_wherever_the_registry_says(other: OtherRegistry, location: str) -> None:
    other.location = location
    assert ImageRegistry(other.url, HOST, TOKEN).push("engine", image_of("one"), "v1")
    assert set(other.blobs.values()) == {b'{"word": "one"}', b"base", b"one" * 1000}
    assert {(host, authorization) for _, _, host, authorization in other.requests} == {(HOST, f"Basic {TOKEN}")}
    uploads = [path for method, path, *_ in other.requests if method == "PUT" and "uploads" in path]
    assert all("digest=sha256%3A" in path and ("state=2" in path) == ("state=2" in location) for path in uploads)


def test_what_the_registry_has_is_not_uploaded_again(other: OtherRegistry) -> None:
    base = image_of("one").layers[0]
    other.blobs[base.digest] = b"base"
    ImageRegistry(other.url, HOST, TOKEN).push("engine", image_of("one"), "v1")
    assert [method for method, *_ in other.requests].count("POST") == 2


def test_a_registry_that_stores_another_digest_is_told(other: OtherRegistry) -> None:
    other.manifest_digest = "sha256:0"
    with pytest.raises(HarnessError, match=r"engine:v1 was stored as sha256:0, and not as sha256:"):
        ImageRegistry(other.url, HOST, TOKEN).push("engine", image_of("one"), "v1")


def test_a_damaged_layer_is_not_taken(other: OtherRegistry) -> None:
    layer = image_of("one").layers[1]
    other.blobs[layer.digest] = b"damaged"
    with pytest.raises(HarnessError, match=f"engine@{layer.digest} came as sha256:.*; push it again"):
        ImageRegistry(other.url, HOST, TOKEN).blob("engine", layer.digest)


def test_a_registry_that_does_not_answer_is_told_with_its_address(other: OtherRegistry) -> None:
    with pytest.raises(HarnessError, match=r"the image registry at http://127.0.0.1:1 does not answer GET /v2/engine"):
        ImageRegistry("http://127.0.0.1:1", HOST, TOKEN).manifest("engine", "v1")
