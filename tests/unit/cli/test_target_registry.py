"""The registry of targets: what is there, and what is refused."""

from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.targets.registry import load

VALID = "endpoint: 'http://127.0.0.1:1', started_by: user, credentials: test, provider: registry, tls: plain"


def test_every_target_of_the_contracts_is_there() -> None:
    assert set(load()) == {"embedded", "simfra", "localstack", "ministack", "fakecloud", "aws-emulator", "aws"}


def test_only_the_embedded_target_uses_our_provider() -> None:
    assert [one.name for one in load().values() if one.provider == "embedded"] == ["embedded"]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("x: 7", "x: expected a mapping"),
        ("- x", "expected a mapping of target names"),
        (f"x: {{{VALID}, tsl: plain}}", "x: unknown tsl"),
        ("x: {" + VALID.replace(", tls: plain", "") + "}", "x: missing tls"),
        (
            "x: {" + VALID.replace("tls: plain", "tls: maybe") + "}",
            "x: tls is 'maybe', expected one of plain, verified",
        ),
        ("x: {" + VALID.replace("http://127.0.0.1:1", "localhost") + "}", "x: endpoint is 'localhost'"),
    ],
)
def test_a_wrong_entry_is_refused_naming_target_and_field(tmp_path: Path, entry: str, told: str) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(entry)
    with pytest.raises(HarnessError, match=told):
        load(file)
