"""The registry of targets: what is there, what the caller may say beside it, and what is refused."""

import re
from pathlib import Path

import pytest
import yaml

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.targets.registry import choose, load

VALID = """{endpoint: 'http://127.0.0.1:1', started_by: user, credentials: test, provider: registry, tls: plain,
 runs: {lambda: process, ecs: process, rds: process}, identity: [{name: X}]}"""


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENDPOINT", "EMULATOR_CREDENTIALS", "ASSET_SERVICING_AWS_CONFIRMED"):
        monkeypatch.delenv(name, raising=False)


def test_every_target_of_the_issue_is_there() -> None:
    named = {
        "embedded",
        "simfra",
        "localstack",
        "ministack",
        "fakecloud",
        "floci",
        "kumo",
        "aws-emulator",
        "aws",
        "custom",
    }
    assert named <= set(load())


def test_only_the_embedded_target_uses_our_provider() -> None:
    assert [one.name for one in load().values() if one.provider == "embedded"] == ["embedded"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((VALID, "7"), "x: expected a mapping"),
        (("tls: plain", "tls: plain, tsl: plain"), "x: unknown tsl"),
        ((", tls: plain", ""), "x: missing tls"),
        (("tls: plain", "tls: maybe"), "x: tls is 'maybe', expected one of plain, verified"),
        (("http://127.0.0.1:1", "localhost"), "x: endpoint is 'localhost'"),
        (("rds: process", "rds: somehow"), "x: runs: rds is 'somehow'"),
        ((", rds: process", ""), "x: runs: rds is None"),
        (("tls: plain", "tls: plain, wait_factor: fast"), "x: wait_factor is 'fast', expected a number from 1 to 100"),
        (("{name: X}", "{nam: X}"), "x: identity: unknown nam, missing name"),
        (("started_by: user", "started_by: command"), "x: start goes with started_by: command"),
        (("started_by: user", "started_by: user, start: {program: x}"), "x: start goes with started_by: command"),
        (("started_by: user", "started_by: command, start: {programm: x}"), "x: start: unknown programm"),
        (("tls: plain", "tls: plain, lacks: [s3]"), "x: lacks is 's3', expected one of apigateway"),
        (("tls: plain", "tls: plain, companion: [ecs]"), "x: companion is 'ecs', expected one of codecommit"),
        (("tls: plain", "tls: plain, task_credentials: yours"), "x: task_credentials is 'yours'"),
        (("tls: plain", "tls: plain, database_access: tunnel"), "x: database_access is 'tunnel'"),
        (
            ("tls: plain", "tls: plain, api_base_url_template: '/%s'"),
            "x: api_base_url_template is '/%s', expected %s twice",
        ),
        (("credentials: test", "credentials: root"), "x: root goes with credentials: root"),
        (
            ("tls: plain", "tls: plain, root: {access_key_id: A, secret_access_key: B}"),
            "x: root goes with credentials: root",
        ),
        (("credentials: test", "credentials: root, root: {access_key_id: A}"), "x: root: missing secret_access_key"),
        (("rds: process", "rds: none"), "x: runs: rds is 'none'"),
        (("tls: plain", "tls: plain, entry: y"), "x: unknown entry"),
    ],
)
def test_a_wrong_entry_is_refused_naming_target_and_field(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(f"x: {VALID.replace(*change)}")
    with pytest.raises(HarnessError, match=re.escape(told)):
        load(file)


def test_a_registry_that_is_a_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "targets.yaml").write_text("- x")
    with pytest.raises(HarnessError, match="expected a mapping of target names"):
        load(tmp_path / "targets.yaml")


def test_custom_without_an_endpoint_says_what_to_give() -> None:
    with pytest.raises(HarnessError, match="give ENDPOINT=http://HOST:PORT") as refused:
        choose("custom")
    assert refused.value.exit_status == 3


def test_an_endpoint_that_the_caller_gives_stands_for_the_registrys_and_decides_on_tls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENDPOINT", "https://emulator.example:9999/")
    target = choose("custom")
    assert (target.endpoint, target.tls) == ("https://emulator.example:9999", "verified")
    assert choose("aws-emulator").tls == "bundle"
    monkeypatch.setenv("ENDPOINT", "http://127.0.0.1:7")
    assert (choose("ministack").endpoint, choose("aws-emulator").tls) == ("http://127.0.0.1:7", "plain")


@pytest.mark.parametrize("given", ["127.0.0.1:4566", "ftp://127.0.0.1", "http://", "http://127.0.0.1/path"])
def test_an_endpoint_that_is_no_url_of_a_host_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT", given)
    with pytest.raises(HarnessError, match="expected an http or https URL"):
        choose("custom")


@pytest.mark.parametrize("name", ["embedded", "aws"])
def test_a_target_with_endpoints_of_its_own_takes_no_other(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENDPOINT", "http://127.0.0.1:7")
    monkeypatch.setenv("ASSET_SERVICING_AWS_CONFIRMED", "1")
    with pytest.raises(HarnessError, match=f"target {name} has endpoints of its own"):
        choose(name)


def test_the_callers_own_credentials_are_taken_where_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_CREDENTIALS", "ambient")
    assert choose("ministack").credentials == "ambient"
    monkeypatch.setenv("EMULATOR_CREDENTIALS", "mine")
    with pytest.raises(HarnessError, match="EMULATOR_CREDENTIALS is 'mine', expected one of test, ambient"):
        choose("ministack")


def test_only_aws_serves_deployed_apis_at_its_own_host() -> None:
    assert [one.name for one in load().values() if not one.api_base_url_template] == ["aws"]


def test_no_test_names_a_target() -> None:
    """A scenario that asked for a target by its name would judge others otherwise. Unit tests of the registry are none."""
    judging = ("conformance", "smoke", "integration", "security", "performance", "resilience", "infrastructure")
    named = re.compile("|".join(rf"[\"']{re.escape(name)}[\"']" for name in load() if name not in ("aws", "custom")))
    naming = [
        str(file.relative_to(CHECKOUT))
        for suite in judging
        for file in (CHECKOUT / "tests" / suite).rglob("*.py")
        if named.search(file.read_text())
    ]
    assert naming == []


def test_the_registrys_file_names_no_machine() -> None:
    text = (CHECKOUT / "harness/targets/targets.yaml").read_text()
    assert yaml.safe_load(text)
    assert not re.search(r"(?<![\w}.])/(home|root|tmp|usr|opt)/", text)
