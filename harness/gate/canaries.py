"""Questions asked before a target is judged: without their answers a verdict would mean nothing."""

import socket
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from harness.aws_clients import AwsClients
from harness.gate.sdk_canary import ask_for_sdk
from harness.principals import DENIED, WRONG_SIGNATURE, Keys, error_code, user_without_policy
from harness.results.document import Canary, Outcome
from harness.targets.hosts import HostRefusedError

IAM = "a user without any policy is denied"
ASKED = {"dynamodb": "list_tables", "kinesis": "list_streams", "s3": "list_buckets", "sqs": "list_queues"}
"""A harmless call to each of the services that matter most here."""
CLOCK_SECONDS = 300
"""How far a signature's date may be off on AWS: five minutes (docs.aws.amazon.com, Signature Version 4)."""


def ask_canaries(clients: AwsClients) -> tuple[Canary, ...]:
    """Ask all canaries, in order. A canary that cannot be asked is indeterminate."""
    return tuple(_asked(name, ask, clients) for name, ask in CANARIES.items())


def iam_is_off(canaries: tuple[Canary, ...]) -> str:
    """Return why security scenarios cannot be judged, or "" if the target enforces IAM."""
    canary = next((canary for canary in canaries if canary.name == IAM), None)
    return f"IAM is off on this target: {canary.detail}" if canary and canary.outcome is Outcome.UNSUPPORTED else ""


Answer = tuple[Outcome, str]


def _asked(name: str, ask: Callable[[AwsClients], Answer], clients: AwsClients) -> Canary:
    try:
        outcome, detail = ask(clients)
    except (ClientError, BotoCoreError, ResponseParserError, AssertionError) as error:
        outcome, detail = Outcome.INDETERMINATE, f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return Canary(name, outcome, detail)


def _clock(clients: AwsClients) -> Answer:
    before = datetime.now(UTC)
    headers = clients.client("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    if "date" not in headers:
        return Outcome.UNSUPPORTED, "the answer carries no Date"
    try:
        date = parsedate_to_datetime(headers["date"])
    except ValueError:
        return Outcome.FAIL, f"its Date is {headers['date']!r}, which is no date"
    # HTTP's dates are in GMT (RFC 9110, 5.6.7); of two, as older Motos send them, the zone is not understood.
    off = abs((date.replace(tzinfo=UTC) - before).total_seconds())
    return (Outcome.PASS, "") if off < CLOCK_SECONDS else (Outcome.FAIL, f"its clock is {off:.0f} s off")


def _nobody(clients: AwsClients) -> Answer:
    with user_without_policy(clients) as nobody:
        return _refused(clients, nobody, DENIED, "a user without any policy may call")


def _forged(clients: AwsClients) -> Answer:
    own = clients.environment.get("AWS_ACCESS_KEY_ID", "test")
    forged = {"aws_access_key_id": own, "aws_secret_access_key": "0" * 40}
    return _refused(clients, forged, WRONG_SIGNATURE, "a wrong signature may call")


def _stays(clients: AwsClients) -> Answer:
    """A connection to AWS must be refused by the guard of this process, before any is made."""
    if clients.endpoint("sts") is None:
        return Outcome.UNSUPPORTED, "the target is AWS"
    try:
        socket.getaddrinfo("sts.amazonaws.com", 443)
    except HostRefusedError:
        return Outcome.PASS, ""
    except OSError:
        pass  # it was looked for, and no network answered
    return Outcome.FAIL, "a host of AWS was asked for"


def _refused(clients: AwsClients, keys: Keys, codes: tuple[str, ...], said: str) -> Answer:
    """Return unsupported if no service refuses `keys`: the target does not check. Else pass, with the services that accept them."""
    open_to_all = [
        service
        for service, operation in ASKED.items()
        if error_code(getattr(clients.client(service, **keys), operation)) not in codes
    ]
    if len(open_to_all) == len(ASKED):
        return Outcome.UNSUPPORTED, f"{said} every service asked"
    return Outcome.PASS, f"{said} {', '.join(open_to_all)}" if open_to_all else ""


CANARIES: dict[str, Callable[[AwsClients], Answer]] = {
    "the clock is sane": _clock,
    IAM: _nobody,
    "a wrong signature is refused": _forged,
    "nothing reaches AWS": _stays,
    "a function that imports boto3 runs": ask_for_sdk,
}


def lines(canaries: Iterable[Canary]) -> Iterator[str]:
    """Yield one line for each canary, to be read by people."""
    for canary in canaries:
        yield f"canary: {canary.name}: {canary.outcome}{': ' + canary.detail if canary.detail else ''}"
