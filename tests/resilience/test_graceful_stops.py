"""Engine tasks that are told to stop in a burst: what they were given is done by those that follow, and nobody gives a request up."""

from collections.abc import Iterator

import pytest

from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resilience.burst import Burst, dead_letters
from tests.resilience.engine_tasks import Service, require_processes

pytestmark = [
    pytest.mark.engine,
    scenario(service="ecs", lane="resilience", aws="ecs-guide:ecs_services"),
]

SCALE_INS = 3


@pytest.fixture
def service(system: System) -> Iterator[Service]:
    """The engine's service; scaled at the end as it was."""
    require_processes(system)
    found = Service(system)
    count = found.desired_count
    yield found
    found.scale(count)


@scenario("ecs.engine-service.scaled-in", feature="a task that is stopped is given time to drain")
@pytest.mark.exclusive
def test_tasks_scaled_in_and_out_in_a_burst_give_up_no_request(system: System, service: Service, fresh: str) -> None:
    before, count = dead_letters(system), service.desired_count
    bursts = [Burst(system, f"ACC-{fresh}-{number}", securities=70) for number in range(SCALE_INS)]
    for burst in bursts:
        burst.put()
        wait_for("the burst under way", burst.unfinished, len(burst.record_ids).__gt__, 120)
        service.scale(0)
        service.scale(count)
    for burst in bursts:
        burst.await_all(240)
    assert dead_letters(system) == before
