"""Engine tasks that are told to stop, on the real emulator and PostgreSQL: no request is given up by workers that did not try it."""

import signal

from harness.deadline import wait_for
from tests.unit.domain.facts import event
from tests.unit.engine.engine_target import entitled, fresh_facts, number_of_messages, request, tasks

TASKS, REQUESTS = 2, 12


def test_requests_that_come_while_all_workers_stop_are_given_up_by_none_and_done_by_the_next_task(
    target, queues, tmp_path
):
    event_id, accounts, holdings = fresh_facts(holders=REQUESTS)
    with tasks(queues, tmp_path, TASKS) as stopping:
        for process in stopping:
            process.send_signal(signal.SIGTERM)
        for start in range(0, len(holdings), 2):
            request(target, *holdings[start : start + 2], queue=queues["ENTITLEMENT_REQUESTS_QUEUE_URL"])
        assert [process.wait(60) for process in stopping] == [0] * TASKS
    assert number_of_messages(target, queues["DEAD_LETTER_QUEUE_URL"]) == 0
    request(target, event(corporate_action_event_id=event_id), queue=queues["ENTITLEMENT_REQUESTS_QUEUE_URL"])
    with tasks(queues, tmp_path, 1):
        wait_for("all entitled", lambda: len(entitled(target, event_id, accounts)), len(accounts).__eq__, 100)
    assert number_of_messages(target, queues["DEAD_LETTER_QUEUE_URL"]) == 0
