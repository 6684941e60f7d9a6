from unittest.mock import patch

import pytest

from servicing_engine.folding import processing
from servicing_engine.store.calculated_events import of_securities
from tests.unit.domain.facts import APPLE, SAP, account, event, position
from tests.unit.engine.feeding import NOW, RULES, feed, shard_ids


def calculated(connection, *event_ids):
    with connection.cursor() as cursor:
        return dict(of_securities(cursor, list(event_ids)))


def test_events_that_were_calculated_and_entitle_every_holder_are_told_by_security(connect):
    connection = connect()
    voluntary = event(corporate_action_event_id="CA-2", mandatory_voluntary="VOLU")
    waiting = event(corporate_action_event_id="CA-3", record_date="2027-01-04", ex_date="2027-01-04")
    elsewhere = event(corporate_action_event_id="CA-4", isin=SAP)
    effective = event("SPLF", {"new_to_old": {"numerator": "2", "denominator": "1"}}, record_date=None,
                      effective_date="2026-03-20", corporate_action_event_id="CA-5")  # fmt: skip
    feed(connection, event(), voluntary, waiting, elsewhere, effective, prefix="a")
    assert calculated(connection, "CA-2") == {APPLE: {"CA-1": "2026-03-16", "CA-5": "2026-03-20"}}
    assert calculated(connection, "CA-4", "CA-1").keys() == {APPLE, SAP}


@pytest.mark.parametrize("change", [{"function": "CANC"}, {"function": "REPL", "record_date": "2027-01-04"}])
def test_an_event_whose_new_version_is_cancelled_or_waits_is_told_no_more(connect, change):
    connection = connect()
    feed(connection, event(), prefix="a")
    feed(connection, event(version=2, **change), prefix="b")
    assert calculated(connection, "CA-1") == {APPLE: {}}


def test_an_event_that_moved_to_another_security_is_told_under_that_one_only(connect):
    connection = connect()
    feed(connection, event(), event(version=2, function="REPL", isin=SAP), prefix="a")
    assert calculated(connection, "CA-1") == {APPLE: {}, SAP: {"CA-1": "2026-03-16"}}


def test_a_sharded_event_is_told_once_its_last_shard_is_done(connect):
    connection = connect()
    feed(connection, account(), position("1"), account("ACC-2"), position("1", safekeeping_account="ACC-2"), prefix="a")
    with patch.object(processing, "SHARD_HOLDERS", 1):
        feed(connection, event(), prefix="b")
    seen = [calculated(connection, "CA-1")]
    for shard_id in shard_ids(connection):
        processing.calculate_shard(connection, shard_id, RULES, NOW)
        seen.append(calculated(connection, "CA-1"))
    assert seen == [{APPLE: {}}, {APPLE: {}}, {APPLE: {"CA-1": "2026-03-16"}}]
