"""The canary that compares a target's clock with ours."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import cast

import pytest

from harness.aws_clients import AwsClients
from harness.gate.canaries import CANARIES
from harness.results.document import Outcome


def clock(date: str) -> tuple[Outcome, str]:
    """What the canary says of a target that answers with this Date."""
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}
    sts = SimpleNamespace(get_caller_identity=lambda: answer)
    return CANARIES["the clock is sane"](cast(AwsClients, SimpleNamespace(client=lambda _: sts)))


def gmt(late: timedelta) -> str:
    return format_datetime(datetime.now(UTC) - late, usegmt=True)


@pytest.mark.parametrize(
    ("late", "times", "outcome"),
    [(timedelta(), 1, Outcome.PASS), (timedelta(), 2, Outcome.PASS), (timedelta(hours=1), 2, Outcome.FAIL)],
    ids=["in time", "told twice", "an hour late"],
)
def test_the_clock_is_read_from_the_date_also_where_it_is_told_twice(
    late: timedelta, times: int, outcome: Outcome
) -> None:
    assert clock(", ".join([gmt(late)] * times))[0] is outcome


def test_a_date_that_is_none_is_told() -> None:
    assert clock("soon") == (Outcome.FAIL, "its Date is 'soon', which is no date")
