"""The deployer's key on emulators that the supervisor does not run: made by root at the first command, kept in the run folder."""

import fcntl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from hashlib import sha256
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from harness.deadline import DeadlineError, wait_for
from harness.embedded.clients import Credentials, client
from harness.embedded.deployer import USER_NAME, give_policy, make_deployer, policy_document, remove_deployer
from harness.embedded.run_folder import RunFolder, read_json, write_json
from harness.embedded.state import TargetState
from harness.failure import HarnessError
from harness.targets.registry import CREDENTIALS, address_of
from harness.targets.target import Target

KEY_REJECTED = (
    "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InvalidAccessKeyId", "InvalidClientTokenId",
    "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException",
)  # fmt: skip
"""Error codes by which services refuse a caller's key, whatever is asked for."""
NO_USER = (ClientError, BotoCoreError, ResponseParserError, LookupError, DeadlineError)
"""How an emulator shows that it makes no users that can act: a refusal, a broken answer, a field that is missing, a policy not heeded."""
HEEDED_SECONDS = 5.0

Variables = Mapping[str, str]
"""Environment variables of the AWS CLI and boto3."""


@dataclass(frozen=True)
class _Kept:
    """A user with its key and policy, and the ARN by which the emulator knew the key's caller."""

    user: str
    arn: str
    policy: str
    access_key_id: str
    secret_access_key: str = field(repr=False)

    @property
    def key(self) -> Credentials:
        return Credentials(self.access_key_id, self.secret_access_key)


def deployer_variables(target: Target, endpoint: str, root: Variables) -> dict[str, str]:
    """Return the variables with the deployer's key. The user is made where there is none yet, or the emulator does not know it any more.

    Return {}, after one line on standard error, where the emulator makes no such users. Raises HarnessError if the emulator rejects the key
    of `root`, or does not answer.
    """
    run = RunFolder.of_target(target.name)
    kept = _kept(run).get(endpoint)
    if kept is None or kept.policy != policy_document() or not _is_known(kept, endpoint):
        run.make()
        with (run.path / ".deployer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = _renewed(target, endpoint, root, run)
    return {"AWS_ACCESS_KEY_ID": kept.access_key_id, "AWS_SECRET_ACCESS_KEY": kept.secret_access_key} if kept else {}


def forget_deployers(target: Target, root: Variables) -> Iterator[str]:
    """Delete the users on emulators that others started, and yield a line about each. Their file goes with `down`."""
    try:
        left = _kept(RunFolder.of_target(target.name))
    except HarnessError as error:
        yield f"IAM users could not be removed: {error}"
        return
    for endpoint, kept in left.items():
        if kept.user == USER_NAME:
            continue  # it goes with the emulator
        try:
            remove_deployer(client("iam", endpoint, _credentials(root)), kept.user)
        except EndpointConnectionError:
            continue
        except (HarnessError, *NO_USER) as error:
            if _code(error) != "NoSuchEntity":
                yield f"IAM user {kept.user} could not be removed at {endpoint}: {_one_line(error)}"
        else:
            yield f"removed IAM user {kept.user} at {endpoint}"


def _renewed(target: Target, endpoint: str, root: Variables, run: RunFolder) -> _Kept | None:
    """Return a user that the emulator knows, with the policy of today, and keep it; None where there can be none."""
    credentials, kept = _credentials(root), _kept(run).get(endpoint)
    iam = client("iam", endpoint, credentials)
    try:
        if kept is None or not _is_known(kept, endpoint):
            kept = _made(endpoint, credentials, _user_name(run, endpoint))
        elif kept.policy != policy_document():
            give_policy(iam, kept.user)
            kept = replace(kept, policy=policy_document())
    except NO_USER as error:
        _require_accepted(target, endpoint, credentials, error)
        _say(
            f"target {target.name}: acts as root, for which IAM seldom counts, as no IAM user can be made: {_one_line(error)}"
        )
        return None
    write_json(run.deployer_file, {name: asdict(user) for name, user in {**_kept(run), endpoint: kept}.items()})
    return kept


def _made(endpoint: str, root: Credentials, name: str) -> _Kept:
    """Make the user and return it once it can act in root's account. Raises DeadlineError, and has removed the user, if it cannot."""
    iam, account = client("iam", endpoint, root), client("sts", endpoint, root).get_caller_identity()["Account"]
    key = make_deployer(iam, name)
    own_iam, own_sts = (client(service, endpoint, key) for service in ("iam", "sts"))

    def identity() -> dict[str, Any]:
        try:
            own_iam.get_user(UserName=name)  # by its policy alone
            return dict(own_sts.get_caller_identity())
        except ClientError as error:
            return {"error": str(error)}

    try:
        caller = wait_for(f"user {name} acts", identity, lambda seen: seen.get("Account") == account, HEEDED_SECONDS)
    except DeadlineError:
        remove_deployer(iam, name)
        raise
    return _Kept(name, str(caller["Arn"]), policy_document(), key.access_key_id, key.secret_access_key)


def _kept(run: RunFolder) -> dict[str, _Kept]:
    """Return the users by the emulator's endpoint."""
    return {endpoint: _Kept(**content) for endpoint, content in read_json(run.deployer_file).items()}


def _is_known(kept: _Kept, endpoint: str) -> bool:
    """Return True if the emulator takes the key for the same caller as when it was made. Raises HarnessError if it does not answer."""
    try:
        return bool(client("sts", endpoint, kept.key).get_caller_identity().get("Arn") == kept.arn)
    except ClientError:
        return False
    except (BotoCoreError, ResponseParserError) as error:
        raise HarnessError(f"{endpoint} does not say who calls (sts:GetCallerIdentity): {_one_line(error)}") from error


def _user_name(run: RunFolder, endpoint: str) -> str:
    """Return `deployer` for an emulator that we started, else a name of this run folder's own: IAM allows a user two keys only."""
    state = TargetState.read(run)
    if state and state.running() and address_of(endpoint)[1] in state.ports.values():
        return USER_NAME
    return f"{USER_NAME}-{sha256(str(run.path).encode()).hexdigest()[:8]}"


def _credentials(root: Variables) -> Credentials:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    credentials = boto3.session.Session(*(root.get(name) for name in names)).get_credentials()
    if credentials is None:
        raise HarnessError(f"there are no AWS credentials: export {' and '.join(names[:2])}, or set {CREDENTIALS}=test")
    frozen = credentials.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


def _require_accepted(target: Target, endpoint: str, root: Credentials, error: Exception) -> None:
    """Raises HarnessError if the error is that root's key itself is rejected."""
    if (code := _code(error)) in KEY_REJECTED:
        remedy = (
            "export a key that it knows"
            if target.credentials == "ambient"
            else f"export yours and set {CREDENTIALS}=ambient"
        )
        raise HarnessError(
            f"target {target.name}: {endpoint} rejects the access key {root.access_key_id} ({code}): {remedy}"
        ) from error


@cache
def _say(note: str) -> None:
    """Print a line on standard error, once in this process."""
    print(note, file=sys.stderr)


def _code(error: Exception) -> str:
    """Return the error code of an answer; "" where there is none."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
