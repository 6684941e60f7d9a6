"""Nobody judges as root: the harness's own IAM user on emulators of others, here a MiniStack that checks IAM, and a Moto that does not."""

import re
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.deadline import wait_for
from harness.deployment import access
from harness.deployment.access import aws_environment
from harness.embedded import deployer, ministack, processes
from harness.embedded.processes import ProcessRecord, free_port
from harness.embedded.run_folder import RunFolder, read_json
from harness.embedded.state import READY, TargetState
from harness.environment import client
from harness.failure import HarnessError
from harness.principals import error_code
from harness.targets.registry import choose

ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
OWN = re.compile(r":user/deployer-[0-9a-f]{8}$")


class Emulator:
    """A program on a port of its own, with its state in memory."""

    def __init__(self, run: RunFolder, start: Callable[[RunFolder, int], None]) -> None:
        self.run, self.port, self._start = run, free_port(), start
        self.record: ProcessRecord | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.record = ProcessRecord.of(self._start(self.run, self.port))
        log = next(self.run.logs.glob("*.log"))
        wait_for("it", lambda: processes.answers(self.port), bool, 60, shown=lambda _: processes.tail(log))

    def stop(self) -> None:
        if self.record:
            processes.stop(self.record)


def a_ministack(run: RunFolder, port: int) -> int:
    return ministack.server(run, port).start().pid


def a_moto(run: RunFolder, port: int) -> int:
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    variables = {"MOTO_ACCOUNT_ID": "000000000000", "HOME": str(run.temporary), "TMPDIR": str(run.temporary)}
    return processes.start(command, variables, run.logs / "moto.log", run.path).pid


@pytest.fixture(scope="module", params=[a_ministack, a_moto], ids=["ministack", "moto"])
def any_emulator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    yield from started(tmp_path_factory.mktemp("emulator"), request.param)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A MiniStack with IAM on, started by somebody else."""
    yield from started(tmp_path_factory.mktemp("ministack"), a_ministack)


def started(folder: Path, start: Callable[[RunFolder, int], int]) -> Iterator[Emulator]:
    run = RunFolder(folder / "run")
    run.make()
    made = Emulator(run, start)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run folder of the test's own."""
    for name in ("ENDPOINT", "EMULATOR_CREDENTIALS", "AWS_PROFILE", "AWS_SESSION_TOKEN", "TARGET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path / "run"))
    monkeypatch.setattr(access, "running", lambda target: target)  # else its companion would be wanted, too
    run = RunFolder.of_target("custom")
    run.make()
    return run


def variables(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What `make env` prints for a custom target."""
    monkeypatch.setenv("ENDPOINT", endpoint)
    return aws_environment(choose("custom"))


def caller(environment: dict[str, str]) -> str:
    return str(client("sts", environment).get_caller_identity()["Arn"])


def users(emulator: Emulator) -> list[str]:
    iam = client("iam", {**ROOT, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": emulator.endpoint})
    return [user["UserName"] for user in iam.list_users()["Users"]]


def test_the_harness_acts_as_a_user_of_its_own_whose_key_only_its_owner_reads(
    any_emulator: Emulator, checkout: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = variables(any_emulator.endpoint, monkeypatch)
    assert OWN.search(caller(environment))
    assert checkout.deployer_file.stat().st_mode & 0o777 == 0o600
    assert variables(any_emulator.endpoint, monkeypatch) == environment
    assert main(["down", "--target", "custom"]) == 0


def test_the_user_may_do_what_the_system_needs_and_nothing_else(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = variables(emulator.endpoint, monkeypatch)
    assert error_code(client("sqs", environment).list_queues) is None
    assert error_code(client("ssm", environment).describe_parameters) == "AccessDeniedException"


def test_a_wrong_signature_of_the_user_is_refused_where_roots_is_taken(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = variables(emulator.endpoint, monkeypatch)
    forged = {"AWS_SECRET_ACCESS_KEY": "0" * 40}
    assert error_code(client("sqs", environment | ROOT | forged).list_queues) is None
    assert error_code(client("sqs", environment | forged).list_queues) == "SignatureDoesNotMatch"


def test_an_emulator_that_was_restarted_is_given_the_user_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in started(tmp_path / "restarted", a_ministack):
        before = variables(one.endpoint, monkeypatch)
        one.stop()
        one.start()
        after = variables(one.endpoint, monkeypatch)
        assert after["AWS_ACCESS_KEY_ID"] != before["AWS_ACCESS_KEY_ID"]
        assert caller(after) == caller(after)
        assert OWN.search(caller(after))


def test_two_checkouts_on_one_emulator_keep_each_others_keys(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = variables(emulator.endpoint, monkeypatch)
    with monkeypatch.context() as other:
        other.setenv("RUN_FOLDER", str(tmp_path / "other"))
        theirs = variables(emulator.endpoint, other)
    assert caller(mine) != caller(theirs)
    assert variables(emulator.endpoint, monkeypatch) == mine


def test_a_checkout_that_lost_its_keys_takes_up_its_user_again(
    emulator: Emulator, checkout: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers = set()
    for _ in range(4):  # a user has two keys at most
        callers.add(caller(variables(emulator.endpoint, monkeypatch)))
        checkout.deployer_file.unlink()
    assert len(callers) == 1


def test_a_user_of_an_earlier_policy_is_given_that_of_today(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(deployer, "SERVICES", ("iam", "sts"))
        before = variables(emulator.endpoint, earlier)
        assert error_code(client("sqs", before).list_queues) == "AccessDenied"
    after = variables(emulator.endpoint, monkeypatch)
    assert after["AWS_ACCESS_KEY_ID"] == before["AWS_ACCESS_KEY_ID"]
    assert error_code(client("sqs", after).list_queues) is None


def test_down_removes_the_user_from_an_emulator_of_others(
    emulator: Emulator, checkout: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = caller(variables(emulator.endpoint, monkeypatch)).rpartition("/")[2]
    assert name in users(emulator)
    assert main(["down", "--target", "custom"]) == 0
    assert f"removed IAM user {name} at {emulator.endpoint}" in capsys.readouterr().out
    assert name not in users(emulator)
    assert not checkout.deployer_file.exists()


@pytest.mark.parametrize("again", [False, True], ids=["gone", "restarted"])
def test_down_says_nothing_of_a_user_that_went_with_its_emulator(
    again: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in started(tmp_path / "gone", a_ministack):
        variables(one.endpoint, monkeypatch)
        one.stop()
        if again:
            one.start()
        assert main(["down", "--target", "custom"]) == 0
        assert "IAM user" not in capsys.readouterr().out


def test_down_discards_a_file_that_cannot_be_read(
    emulator: Emulator, checkout: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.deployer_file.write_text("{")
    monkeypatch.setenv("ENDPOINT", emulator.endpoint)
    assert main(["down", "--target", "custom"]) == 0
    assert not checkout.deployer_file.exists()


def test_on_an_emulator_that_we_started_the_user_is_plainly_deployer(
    tmp_path: Path, checkout: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in started(tmp_path / "ours", a_ministack):
        assert one.record
        TargetState(READY, {"emulator": one.record}, {"emulator": one.port}).write(checkout)
        assert caller(variables(one.endpoint, monkeypatch)).endswith(":user/deployer")


def test_the_callers_own_keys_make_the_user_and_go_no_further(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMULATOR_CREDENTIALS", "ambient")
    for name, value in {**ROOT, "AWS_SESSION_TOKEN": "of the caller"}.items():
        monkeypatch.setenv(name, value)
    environment = variables(emulator.endpoint, monkeypatch)
    assert OWN.search(caller(environment))
    assert environment.keys().isdisjoint({"AWS_SESSION_TOKEN", "AWS_PROFILE", "HOME"})


def test_a_key_that_the_emulator_rejects_is_named_with_the_remedy(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMULATOR_CREDENTIALS", "ambient")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unknown")
    with pytest.raises(
        HarnessError, match=r"rejects the access key AKIAUNKNOWN \(InvalidClientTokenId\): export a key"
    ):
        variables(emulator.endpoint, monkeypatch)


class WithoutIam(BaseHTTPRequestHandler):
    """An emulator whose STS answers and which knows no other service."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        known = b"Action=GetCallerIdentity" in asked
        self.send_response(200 if known else 501)
        self.end_headers()
        result = "<Arn>arn:aws:iam::1:root</Arn><UserId>1</UserId><Account>1</Account>"
        body = f"<R><GetCallerIdentityResult>{result}</GetCallerIdentityResult></R>" if known else "<no/>"
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_on_an_emulator_without_iam_the_harness_acts_as_root_and_says_so_once(
    checkout: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = HTTPServer(("127.0.0.1", 0), WithoutIam)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        assert ROOT.items() <= variables(endpoint, monkeypatch).items()
        variables(endpoint, monkeypatch)
    finally:
        server.shutdown()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("target custom: acts as root, for which IAM seldom counts, as no IAM user can be made: ")
    assert read_json(checkout.deployer_file) == {}
