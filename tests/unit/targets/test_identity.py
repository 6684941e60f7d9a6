"""Who answers: by the registry's way, and never another emulator under the target's name."""

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.targets import identity as module
from harness.targets.identity import identity, running
from harness.targets.registry import load
from harness.targets.starting import bring_up
from harness.targets.target import IdentityPart, KeyPair, Target

ROOT = {"access_key_id": "AKROOT", "secret_access_key": "secret"}


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_COMMAND", f"{sys.executable} {tmp_path / 'program.py'}")


@pytest.fixture
def endpoint(small: Target, command: None) -> dict[str, str]:
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


def test_custom_takes_the_traits_of_the_emulator_that_answers_and_keeps_what_is_its_own(
    small_with: Callable[..., Target], command: None
) -> None:
    known = small_with(lacks=["rds"], database_access="none", wait_factor=4, credentials="root", root=ROOT)
    bring_up(known)
    custom = replace(
        known, name="mine", entry="mine", credentials="test", root=None, lacks=(), identity=(IdentityPart("custom"),)
    )
    found = running(custom)
    assert (found.name, found.entry, found.endpoint) == ("mine", "small", known.endpoint)
    assert (found.lacks, found.database_access, found.wait_factor) == (("rds",), "none", 4)
    assert found.root_keys == known.root_keys


def test_credentials_that_the_caller_chose_are_not_replaced(
    small_with: Callable[..., Target], command: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = small_with(credentials="root", root=ROOT)
    bring_up(known)
    monkeypatch.setenv("EMULATOR_CREDENTIALS", "test")
    custom = replace(known, name="mine", credentials="test", root=None, identity=(IdentityPart("custom"),))
    assert running(custom).root_keys == KeyPair("test", "test")


def test_a_target_of_a_known_emulator_and_one_that_nothing_recognises_keep_their_traits(
    small: Target, endpoint: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert running(replace(small, lacks=("rds",))).lacks == ("rds",)
    monkeypatch.setattr(module, "load", dict)
    custom = replace(small, name="mine", entry="mine", identity=(IdentityPart("custom"),))
    assert running(custom) == custom


def test_the_moto_of_embedded_which_is_its_companion_too_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_version", lambda *_: "1")
    monkeypatch.setattr(module, "_installed", lambda *_: "1")
    told = module.emulators(load()["embedded"], {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert told == (("MiniStack", "1"), ("Moto", "1"))
