"""The container credentials endpoint: what 169.254.170.2 is to a Fargate task, on loopback, a token per task."""

import hmac
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RENEW_BEFORE = timedelta(minutes=10)  # botocore renews 10 to 15 minutes before the end
PATH = "/v1/credentials/"

AssumeRole = Callable[[str, str], dict[str, Any]]  # (role ARN, session name) -> Credentials as STS gives them


@dataclass(frozen=True)
class Grant:
    """What a task gets: where to ask, and the token to show."""

    url: str
    token: str


@dataclass
class _Session:
    role_arn: str
    token: str
    credentials: dict[str, Any] | None = None


class ContainerCredentials:
    """Serves temporary credentials of each task's role, renewed before they end.

    `start` it, `grant` per task, `revoke` when the task has gone.
    """

    def __init__(self, assume_role: AssumeRole, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._assume_role = assume_role
        self._clock = clock
        self._sessions: dict[str, _Session] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    def start(self) -> None:
        """Serves in a thread until `stop`."""
        threading.Thread(target=self._server.serve_forever, name="container-credentials", daemon=True).start()

    def stop(self) -> None:
        """Ends serving and frees the port."""
        self._server.shutdown()
        self._server.server_close()

    def grant(self, task_id: str, role_arn: str) -> Grant:
        """Lets `task_id` have credentials of `role_arn`."""
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._sessions[task_id] = _Session(role_arn, token)
        return Grant(f"http://127.0.0.1:{self._server.server_address[1]}{PATH}{task_id}", token)

    def revoke(self, task_id: str) -> None:
        """No more credentials for this task."""
        with self._lock:
            self._sessions.pop(task_id, None)

    def answer(self, task_id: str, token: str) -> tuple[int, dict[str, Any]]:
        """HTTP status and body for a task that shows this token."""
        with self._lock:
            session = self._sessions.get(task_id)
            if session is None or not hmac.compare_digest(session.token, token):
                return 403, {"code": "AccessDenied", "message": "the authorization token is not that of this task"}
            if session.credentials is None or session.credentials["Expiration"] - self._clock() < RENEW_BEFORE:
                session.credentials = self._assume_role(session.role_arn, task_id)
            credentials = session.credentials
        return 200, {
            "RoleArn": session.role_arn,
            "AccessKeyId": credentials["AccessKeyId"],
            "SecretAccessKey": credentials["SecretAccessKey"],
            "Token": credentials["SessionToken"],
            "Expiration": credentials["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def _handler(credentials: ContainerCredentials) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One GET, as the SDKs send it."""

        def do_GET(self) -> None:
            """Credentials, or 403."""
            status, body = credentials.answer(self.path.removeprefix(PATH), self.headers.get("Authorization", ""))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the token would be in no log, and the requests say nothing else."""

    return Handler
