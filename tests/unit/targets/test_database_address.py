"""A database that cannot be reached from here is unsupported, not a time-out; the caller's own tunnel counts."""

from dataclasses import replace

import pytest

from harness.deployment.access import database_address
from harness.failure import UnsupportedError
from harness.system import System
from harness.targets.target import Target

OUTPUTS = {"database_address": "database.example", "database_port": 5432}


def test_a_private_database_has_no_address_but_that_of_the_callers_tunnel(
    small: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = replace(small, database_access="none")
    monkeypatch.delenv("PGHOST", raising=False)
    assert database_address(private, OUTPUTS, {}) is None
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", "6000")
    assert database_address(private, OUTPUTS, {}) == ("127.0.0.1", "6000")
    assert database_address(small, OUTPUTS, {}) == ("database.example", "5432")


def test_asking_a_database_without_an_address_is_unsupported() -> None:
    with pytest.raises(UnsupportedError, match="target small: no database that can be reached from here"):
        System("small", {"AWS_REGION": "us-east-1"}, outputs={}).database()
