"""Who answers: by the registry's way, and never another emulator under the target's name."""

import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.targets import identity as module
from harness.targets.identity import identity
from harness.targets.starting import bring_up
from harness.targets.target import IdentityPart, Target


@pytest.fixture
def endpoint(small: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("EMULATOR_COMMAND", f"{sys.executable} {tmp_path / 'program.py'}")
    bring_up(small)
    return {"AWS_ENDPOINT_URL": str(small.endpoint)}


def test_another_emulator_at_the_endpoint_is_refused_by_name(small: Target, endpoint: dict[str, str]) -> None:
    other = replace(small, name="other", identity=(IdentityPart("Other", "/_small/health", "about.version"),))
    with pytest.raises(HarnessError, match=r"what answers at \S+ is Small 1.2, not Other"):
        identity(other, endpoint)


def test_an_address_that_is_not_there_says_what_it_answered(
    small: Target, endpoint: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "load", dict)
    other = replace(small, identity=(IdentityPart("Other", "/_other", "version"),))
    with pytest.raises(HarnessError, match="is not Other: /_other answers 404"):
        identity(other, endpoint)
    silent = replace(small, identity=(IdentityPart("Other", "/_small/health", "version"),))
    with pytest.raises(HarnessError, match="is not Other: /_small/health tells no version"):
        identity(silent, endpoint)


def test_a_target_without_a_way_is_recognised_by_the_others_addresses(small: Target, endpoint: dict[str, str]) -> None:
    assert identity(replace(small, identity=(IdentityPart("custom"),)), endpoint) == ("Small", "1.2")


def test_a_target_that_nothing_recognises_is_unknown(
    small: Target, endpoint: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "load", dict)
    assert identity(replace(small, identity=(IdentityPart("custom"),)), endpoint) == ("custom", "unknown")


def test_a_distribution_is_that_of_the_python_that_the_emulator_runs_on(
    small: Target, endpoint: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "load", dict)
    packaged = replace(small, identity=(IdentityPart("Small", distribution="psutil"),))
    assert identity(packaged, endpoint) == ("Small", version("psutil"))


def test_a_distribution_of_what_others_started_is_unknown(small: Target) -> None:
    packaged = replace(small, identity=(IdentityPart("Small", distribution="psutil"),))
    assert identity(packaged, {"AWS_ENDPOINT_URL": str(small.endpoint)}) == ("Small", "unknown")
