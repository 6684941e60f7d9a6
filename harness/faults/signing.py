"""Signing changed requests again, by the key that signed them: its secret was seen when it was handed out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.faults.messages import Answer, Request
from harness.faults.operations import signing_name

ROOT = Credentials("test", "test")  # both emulators take it for the account's root
REGION = "us-east-1"
"""For a request that names none: the embedded target's."""
SIGNATURE = re.compile(r"SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)")
SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
PRESIGNED = re.compile(
    r"(?<=[?&])X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Security-Token|Signature)=[^&]*(&|$)"
)
OF_A_SIGNATURE = ("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "date")
UNSIGNED = (
    "user-agent", "expect", "content-length", "connection", "accept-encoding", "accept", "x-amzn-trace-id",
    "transfer-encoding", "amz-sdk-request", "amz-sdk-invocation-id",
)  # fmt: skip


@dataclass
class Keyring:
    """Access keys that were handed out in answers that passed here (CreateAccessKey, AssumeRole), and whose they are."""

    _keys: dict[str, Credentials] = field(default_factory=lambda: {ROOT.access_key: ROOT})
    _owners: dict[str, str] = field(default_factory=dict)

    def learn(self, answer: Answer) -> None:
        """Keeps the key that an answer hands out, if it does."""
        if b"<SecretAccessKey>" not in answer.body:
            return
        text = answer.body.decode("utf-8", "replace")
        key, secret = _element(text, "AccessKeyId"), _element(text, "SecretAccessKey")
        if key and secret:
            owner = _element(text, "Arn") or f"user/{_element(text, 'UserName')}"
            self.keep(key, secret, owner, _element(text, "SessionToken") or None)

    def keep(self, access_key_id: str, secret_access_key: str, owner: str, session_token: str | None = None) -> None:
        """A key and whose it is."""
        self._keys[access_key_id] = Credentials(access_key_id, secret_access_key, session_token)
        self._owners[access_key_id] = owner

    def owner(self, access_key: str) -> str:
        """Whose key it is: an ARN or `user/NAME`; the key itself where that is not known."""
        return self._owners.get(access_key, access_key)

    def can_sign(self, request: Request, access_key: str) -> bool:
        """Return True if the request could be signed again after a change, or has no signature that a change would break."""
        return not access_key or (access_key in self._keys and bool(SCOPE.search(request.header("authorization"))))

    def sign_again(self, changed: Request, original: Request, access_key: str) -> Request:
        """Return `changed` with a signature that fits, if that of `original` did: nobody is let in who was not before."""
        known = self._keys.get(access_key)
        return signed(changed, known, _scope(original)) if known and fits(original, known) else changed


def fits(request: Request, credentials: Credentials) -> bool:
    """Whether these credentials made the request's signature."""
    scope, found = (pattern.search(request.header("authorization")) for pattern in (SCOPE, SIGNATURE))
    if scope is None or found is None:
        return False
    headers = {name: value for name, value in request.headers if name.lower() in found[1].split(";")}
    draft = AWSRequest(request.method, f"http://{request.header('host')}{request.target}", headers, request.body)
    draft.context["timestamp"] = request.header("x-amz-date")
    signer = _signer(credentials, scope.groups())
    return str(signer.signature(signer.string_to_sign(draft, signer.canonical_request(draft)), draft)) == found[2]


def _signer(credentials: Credentials, scope: Sequence[str]) -> Any:
    region, service = scope
    return (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, region)


def _scope(request: Request) -> Sequence[str]:
    found = SCOPE.search(request.header("authorization"))
    return found.groups() if found else ()


def signed(request: Request, credentials: Credentials, scope: Sequence[str]) -> Request:
    """Return the request signed by these credentials for a (region, service). An earlier signature goes, also one in its query."""
    plain = [(name, value) for name, value in request.headers if name.lower() not in OF_A_SIGNATURE]
    kept = {name: value for name, value in plain if name.lower() not in UNSIGNED}
    target = PRESIGNED.sub("", request.target).replace("?&", "?").rstrip("?")
    draft = AWSRequest(request.method, f"http://{request.header('host')}{target}", headers=kept, data=request.body)
    _signer(credentials, scope).add_auth(draft)
    added = [(name, value) for name, value in draft.headers.items() if name.lower() in OF_A_SIGNATURE]
    return Request(request.method, target, [*plain, *added], request.body)


def as_root(request: Request, service: str) -> Request:
    """Return a request for `service` (boto3's name) as the emulator's root sends it: no policy refuses it. It need not be signed."""
    return signed(request, ROOT, _scope(request) or (REGION, signing_name(service)))


def _element(text: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<]*)</{name}>", text)
    return found[1] if found else ""
