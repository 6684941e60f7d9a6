"""What a test that did not pass says of the target: a wrong answer, a missing operation, or nothing."""

from collections.abc import Callable

import psycopg2
import urllib3
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from harness.results.document import Exchange, Outcome
from harness.scenarios.missing import says_missing

TRANSPORT = (ConnectionError, HTTPClientError, psycopg2.OperationalError, urllib3.exceptions.HTTPError, OSError)
"""Errors by which no answer came. A deadline that passes while the target answers is a wrong answer, so it is not here."""
THROTTLES = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
    "ProvisionedThroughputExceededException", "LimitExceededException", "RequestThrottled", "PriorRequestNotComplete",
})  # fmt: skip


def outcome_of_error(
    error: BaseException, decided: Exchange | None, probe: Callable[[str, str], bool], late: bool = False
) -> Outcome:
    """Return what the error means. `decided`: its exchange; `probe` asks the target whether it lacks (service, operation).

    `late`: an answer to the scenario was late, so that an assertion may have found what had only not come yet.
    """
    if isinstance(error, ClientError | ResponseParserError):
        if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in THROTTLES:
            return Outcome.INDETERMINATE
        if decided and says_missing(decided) and probe(decided.service, decided.operation):
            return Outcome.UNSUPPORTED
        return Outcome.FAIL
    unclear = isinstance(error, TRANSPORT) or (late and isinstance(error, AssertionError))
    return Outcome.INDETERMINATE if unclear else Outcome.FAIL
