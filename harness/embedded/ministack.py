"""MiniStack as one process of ours: IAM enforced, loopback only, everything it writes in the run folder."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

from harness.embedded.processes import Program, free_port
from harness.embedded.run_folder import RunFolder
from harness.environment import child

ACCOUNT_ID = "000000000000"
REGION = "us-east-1"
ROOT_ACCESS_KEY = "test"  # MiniStack's root caller; only the control plane (bootstrap, agent) uses it
START_SECONDS = 30.0
SERVER = Path(__file__).with_name("ministack_server.py")


def environment(run: RunFolder, port: int) -> dict[str, str]:
    """All that MiniStack and the functions that it runs inherit. Docker is hidden: tasks and databases are ours."""
    own = {
        "HOME": str(run.temporary),
        "LANG": "C.UTF-8",
        "TMPDIR": str(run.temporary),
        "STATE_DIR": str(run.path / "ministack" / "state"),
        "S3_DATA_DIR": str(run.path / "ministack" / "s3"),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "RDS_BASE_PORT": str(free_port()),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": "true",
        "LOG_LEVEL": "WARNING",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return child(own)


def server(run: RunFolder, port: int, default_endpoint: str | None = None) -> Program:
    """Return the program of MiniStack at `port`. `default_endpoint`: what functions call that name none themselves."""
    variables = environment(run, port)
    if default_endpoint:
        variables["AWS_ENDPOINT_URL"] = default_endpoint
    command, log = [sys.executable, "-P", str(SERVER)], run.logs / "ministack.log"
    return Program("MiniStack", command, variables, log, run.path, lambda: healthy(port), START_SECONDS)


def healthy(port: int) -> bool:
    """Whether `/_ministack/health` answers 200."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
