"""What the caller has in the environment for other purposes does not reach the target's clients: proxies, AWS settings, HOME, TMPDIR."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.embedded.run_folder import CHECKOUT
from harness.embedded.state import TargetState
from tests.unit.machines.conftest import Run

ELSEWHERE = {
    "AWS_PROFILE": "no-such-profile",
    "AWS_SESSION_TOKEN": "of somebody else",
    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
    "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/other",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent",
    "AWS_CA_BUNDLE": "/nonexistent",
    "AWS_USE_FIPS_ENDPOINT": "true",
}


class Proxy(ThreadingHTTPServer):
    """Refuses everything, and remembers for whom it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), _handler(self.asked))

    def variables(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.server_port}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        return {case: url for name in names for case in (name, name.lower())}


def _handler(asked: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def refuse(self) -> None:
            asked.append(self.path)
            self.send_error(502)

        do_GET = do_POST = do_CONNECT = do_PUT = do_HEAD = refuse

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    server = Proxy()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("command", ["up", "status", "plan", "env"])
def test_no_proxy_is_asked_for_loopback(up: TargetState, harness: Run, proxy: Proxy, command: str) -> None:
    done = harness(command, **proxy.variables(), NO_PROXY="corporation.example")
    assert (done.returncode, proxy.asked) == (0, []), done.stderr


def test_real_hosts_go_through_the_proxy(proxy: Proxy) -> None:
    code = (
        "from harness.targets.registry import settle_environment as settle; import urllib.request; settle('aws');"
        "urllib.request.urlopen('http://sts.amazonaws.com/')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, env=proxy.variables(), capture_output=True, check=False)
    assert proxy.asked == ["http://sts.amazonaws.com/"]


def test_the_shell_that_env_makes_asks_no_proxy_for_the_target(up: TargetState, harness: Run, proxy: Proxy) -> None:
    variables = {**proxy.variables(), "NO_PROXY": "corporation.example"}
    exported = harness("env", **variables).stdout
    code = "import boto3; boto3.client('sts').get_caller_identity()"
    subprocess.run(
        ["sh", "-c", f'{exported}\n{sys.executable} -c "{code}"'],
        env={"PATH": "/usr/bin:/bin", **variables},
        check=True,
    )
    assert proxy.asked == []
    assert "corporation.example" in exported


def test_settings_for_another_account_disturb_no_command(up: TargetState, harness: Run) -> None:
    for command in ("plan", "status", "logs"):
        done = harness(command, **ELSEWHERE)
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_env_unsets_first_what_leads_elsewhere(up: TargetState, harness: Run) -> None:
    lines = harness("env", **ELSEWHERE, AWS_REGION="eu-west-1", AWS_PAGER="").stdout.splitlines()
    unset = [line.removeprefix("unset ") for line in lines if line.startswith("unset ")]
    assert unset == sorted(ELSEWHERE)
    assert all(line.startswith("export ") for line in lines[len(unset) :])


def test_env_of_a_clean_shell_unsets_nothing(up: TargetState, harness: Run) -> None:
    assert "unset" not in harness("env").stdout


def test_the_shell_that_env_makes_reaches_the_target(up: TargetState, harness: Run) -> None:
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    script = f'{harness("env", **ELSEWHERE).stdout}\n{sys.executable} -c "{code}"'
    said = subprocess.run(
        ["sh", "-c", script], env={"PATH": "/usr/bin:/bin", **ELSEWHERE}, capture_output=True, text=True, check=False
    )
    assert said.stdout.strip() == "arn:aws:iam::000000000000:user/deployer", said.stderr


def test_a_broken_aws_configuration_disturbs_no_command(up: TargetState, harness: Run, tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("no section\n")
    done = harness("plan", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_on_aws_a_profile_that_does_not_exist_is_one_clear_line(harness: Run) -> None:
    done = harness("up", "--target", "aws", ASSET_SERVICING_AWS_CONFIRMED="1", AWS_PROFILE="no-such-profile")
    assert done.returncode == 2
    assert done.stderr.startswith("error: AWS_PROFILE is 'no-such-profile', expected one of")
    assert len(done.stderr.splitlines()) == 1


def test_a_test_session_forgets_them_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "tests/unit/targets/test_waits.py"],
        cwd=CHECKOUT, env={"PATH": "/usr/bin:/bin", **ELSEWHERE}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_neither_home_nor_a_temporary_folder_is_needed(up: TargetState, harness: Run) -> None:
    done = harness("plan", HOME="", TMPDIR="/nonexistent")
    assert done.returncode == 0, done.stderr
