"""`recalculate` on a real PostgreSQL: what an upgrade or other rates change is seen, then applied, and nothing else is written."""

import json
import threading
from contextlib import closing
from unittest.mock import patch

import pytest

from domain.rules import Rules, WithholdingRates
from servicing_engine.commands import recalculate as command
from servicing_engine.commands.difference_report import Report
from servicing_engine.folding import event as folding
from servicing_engine.folding.differences import Difference
from servicing_engine.store import connect as connecting
from servicing_engine.store import locks
from tests.agreement.documents import random_document
from tests.agreement.sides import folded, readable, rules_of
from tests.agreement.upgrades import calculated_earlier, run, standing, told, written
from tests.unit.domain.facts import account, event, position, rate, rates, trade
from tests.unit.engine.commands import on_database
from tests.unit.engine.commands import run as run_command
from tests.unit.engine.engine_target import deploy, entitled, eventually, fresh_facts, request
from tests.unit.engine.feeding import feed, history, rows

OTHER = Rules(WithholdingRates.from_document(rates(rate("US-GB", "30", "10"))), None, "2", "1")
PAID = {
    "record_type": "confirmation",
    "corporate_action_event_id": "CA-1",
    "safekeeping_account": "ACC-1",
    "option_number": "001",
}
SECOND = event(corporate_action_event_id="CA-2", payment_date="2026-03-30")
WRITTEN = "SELECT xmin::text, * FROM {}"
TABLES = (
    "entitlements",
    "tax_lots",
    "market_claims",
    "transformations",
    "buyer_protections",
    "held",
    "fold_days",
    "outbox",
    "calculated_events",
)


@pytest.fixture
def connection(connect):
    with closing(connect()) as made:
        yield made


def fed(connection, *raws):
    """Feed records, so that no transaction is left open."""
    feed(connection, *raws, prefix=f"r{len(raws)}")
    connection.commit()


def everything(connection):
    """Every row with the transaction that wrote it."""
    kept = {table: sorted(map(str, rows(connection, WRITTEN.format(table)))) for table in TABLES}
    connection.commit()
    return kept


def test_a_dry_run_says_what_would_become_of_each_entitlement_and_writes_nothing(connection):
    fed(connection, account(), position("1000"), event(), PAID, SECOND)
    before = everything(connection)
    report, lines = run(connection, OTHER, dry_run=True)
    figures = {
        "before": {
            "entitled_quantity": "0",
            "gross_amount": "250.00",
            "withholding_tax_amount": "37.50",
            "net_amount": "212.50",
        },
        "after": {
            "entitled_quantity": "0",
            "gross_amount": "250.00",
            "withholding_tax_amount": "25.00",
            "net_amount": "225.00",
        },
    }
    first, second = (
        {name: line[name] for name in ("corporate_action_event_id", "closes", "status", "reversal", "revision")}
        for line in lines
    )
    assert first == {
        "corporate_action_event_id": "CA-1",
        "closes": 1,
        "status": "REVERSED",
        "reversal": True,
        "revision": 2,
    }
    assert second == {
        "corporate_action_event_id": "CA-2",
        "closes": 1,
        "status": "SUPERSEDED",
        "reversal": False,
        "revision": 2,
    }
    assert [
        {side: {name: line[side][name] for name in of_side} for side, of_side in figures.items()} for line in lines
    ] == [figures] * 2
    assert (report.then["new revisions"], report.then["reversals written"], report.differing["events"]) == (2, 1, 2)
    assert everything(connection) == before


def test_the_counts_of_a_single_difference_are_numbers(capsys):
    report = Report(as_json=False, writes=False)
    report.add(
        Difference(
            "entitlements",
            "CA-1",
            "ACC-1",
            "001",
            {},
            {},
            {"revision": 2, "closes": 1, "status": "SUPERSEDED", "reversal": False},
        )
    )
    report.end()
    assert "entitlements: 1 new revisions, 1 superseded" in capsys.readouterr().out


def test_what_was_paid_is_taken_back_in_full_and_calculated_anew_and_a_second_run_writes_nothing(connection):
    fed(connection, account(), position("1000"), event(), PAID)
    report, _ = run(connection, OTHER)
    net = [
        (revision, status, is_reversal, str(amount)) for revision, status, is_reversal, amount in history(connection)
    ]
    assert net == [
        (1, "REVERSED", False, "212.50"),
        (1, "REVERSED", True, "-212.50"),
        (2, "CALCULATED", False, "225.00"),
    ]
    connection.commit()
    announced = rows(
        connection,
        "SELECT body ->> 'revision', body ->> 'supersedes' FROM outbox WHERE kind = 'announce' ORDER BY outbox_id",
    )
    assert (announced, report.left) == ([("1", None), ("2", "1")], 0)
    connection.commit()
    before = everything(connection)
    assert run(connection, OTHER)[1] == []
    assert everything(connection) == before


@pytest.mark.parametrize("seed", [*range(5), 33])
def test_a_dry_run_says_of_an_upgraded_random_document_what_the_applied_run_says_and_writes(connection, seed):
    rules = calculated_earlier(connection, seed)
    before = standing(connection)
    _, foreseen = run(connection, rules, dry_run=True)
    assert standing(connection) == before
    report, said = run(connection, rules, holders=1 if seed % 2 else 1_000)
    assert told(foreseen) == told(said) == written(before, standing(connection)) != {}
    assert (report.left, report.failed) == (0, 0)
    kept = everything(connection)
    assert run(connection, rules)[1] == []
    assert everything(connection) == kept


@pytest.mark.parametrize("seed", range(8, 12))
def test_nothing_differs_of_a_random_document_that_the_present_code_calculated(connection, seed):
    document = readable(random_document(seed))
    folded(connection, document, seed)
    connection.commit()
    assert run(connection, rules_of(document), dry_run=True)[1] == []


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(connection):
    fed(connection, account(), position("1000"), event(), SECOND)
    with patch.object(command.Recalculation, "_fold", interrupted_after(1)), pytest.raises(KeyboardInterrupt):
        run(connection, OTHER)
    connection.rollback()
    assert [line["corporate_action_event_id"] for line in run(connection, OTHER)[1]] == ["CA-2"]


def interrupted_after(most):
    """Fold so many events, then be interrupted."""
    fold, done = command.Recalculation._fold, []

    def folding_or_not(self, event_id):
        if len(done) == most:
            raise KeyboardInterrupt
        fold(self, event_id)
        done.append(event_id)

    return folding_or_not


def test_only_named_events_are_folded_and_their_lots(connection):
    fed(connection, account(), position("1000"), trade("B1", "BUY", "1000", "2026-01-02"), event(), SECOND)
    report, lines = run(connection, OTHER, "CA-2")
    assert ([line["corporate_action_event_id"] for line in lines], report.looked["events"]) == (["CA-2"], 1)


def test_a_dry_run_waits_for_nobody_who_changes_announcements(connection, connect):
    fed(connection, account(), position("1000"), event())
    with closing(connect()) as other, other.cursor() as cursor:
        locks.lock_announcements(cursor, exclusive=True)
        looking = threading.Thread(target=lambda: found.extend(run(connection, OTHER, dry_run=True)[1]))
        found = []
        looking.start()
        looking.join(30)
        assert (looking.is_alive(), len(found)) == (False, 1)


def test_nothing_is_written_while_an_engine_of_another_version_is_connected(connection, connect):
    fed(connection, account(), position("1000"), event())
    before = everything(connection)
    with (
        closing(connect(application_name="servicing_engine 0")),
        closing(connect(application_name=connecting._APPLICATION)),
    ):
        assert len(run(connection, OTHER, dry_run=True)[1]) == 1
        with pytest.raises(
            command.UnusableError, match="another calculation version are connected \\(servicing_engine 0\\)"
        ):
            run(connection, OTHER)
    assert everything(connection) == before


def test_an_event_whose_fold_raises_is_held_and_the_others_are_applied(connection):
    fed(connection, account(), position("1000"), event(), SECOND)
    settle = folding.settle

    def raising(case, holder):
        if case.event.identity == "CA-1":
            raise ZeroDivisionError("of this event")
        return settle(case, holder)

    with patch.object(folding, "settle", raising):
        report, lines = run(connection, OTHER)
    assert [(line["corporate_action_event_id"], line["part"]) for line in lines] == [
        ("CA-1", "held"),
        ("CA-2", "entitlements"),
    ]
    assert rows(connection, "SELECT identity, reason FROM held") == [("CA-1", "unprocessable")]
    connection.commit()
    assert (report.left, [line["part"] for line in run(connection, OTHER)[1]]) == (0, ["entitlements", "held"])


def test_lots_that_cannot_be_folded_are_named_and_those_of_others_are_applied(connection, capsys):
    fed(
        connection,
        account(),
        account("ACC-2"),
        trade("B1", "BUY", "10", "2026-01-02"),
        trade("B2", "BUY", "10", "2026-01-02", safekeeping_account="ACC-2"),
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE tax_lots SET cost_basis = 7")
    fold = command.differences.refold

    def raising(tools, accounts, bought):
        if "ACC-1" in accounts:
            raise ZeroDivisionError("of this account")
        return fold(tools, accounts, bought)

    with patch.object(command.differences, "refold", raising):
        report, lines = run(connection, OTHER)
    assert ([(line["safekeeping_account"], line["key"]) for line in lines], report.failed) == ([("ACC-2", "B2")], 1)
    assert "lots of ACC-1 cannot be folded: ZeroDivisionError" in capsys.readouterr().err
    assert rows(connection, "SELECT lot_id, cost_basis::int FROM tax_lots ORDER BY 1") == [("B1", 7), ("B2", 100)]


def test_the_effect_of_other_rates_is_shown_before_they_are_deployed_and_then_applied(target, task):
    event_id, (number,), holdings = fresh_facts()
    request(target, *holdings, event(corporate_action_event_id=event_id))
    eventually(lambda: entitled(target, event_id, [number]))
    document, named = rates(rate("US-GB", "30", "10")), target.environment
    candidate = target.client("appconfig").create_hosted_configuration_version(
        ApplicationId=named["APPCONFIG_APPLICATION_ID"], ConfigurationProfileId=named["APPCONFIG_WITHHOLDING_RATES_PROFILE_ID"],
        Content=json.dumps(document).encode(), ContentType="application/json",
    )["VersionNumber"]  # fmt: skip

    def command_line(*arguments):
        return run_command("recalculate", "--event", event_id, *arguments, environment=named)

    shown = command_line("--dry-run", "--rates-version", str(candidate))
    assert (shown.returncode, "37.50 > 25.00" in shown.stdout, shown.stdout.splitlines()[-1]) == (
        0,
        True,
        "nothing was written: this was a dry run",
    ), shown.stderr
    assert command_line().stdout.splitlines()[-1] == "nothing was written"
    deploy(target, named, "WITHHOLDING_RATES", document)
    applied = command_line()
    assert (applied.returncode, applied.stdout.splitlines()[-1]) == (0, "all of it is applied"), applied.stderr
    eventually(
        lambda: (
            [(each["net_amount"], each["revision"]) for each in entitled(target, event_id, [number])] == [("225.00", 2)]
        )
    )


def test_other_rates_are_only_looked_at_and_an_unknown_event_is_refused_by_name(target):
    undeployed = run_command("recalculate", "--rates-version", "1", environment=target.environment)
    assert (undeployed.returncode, "need --dry-run" in undeployed.stderr) == (3, True)
    unknown = run_command("recalculate", "--event", "CA-UNKNOWN", environment=target.environment)
    assert (unknown.returncode, "no event CA-UNKNOWN is known" in unknown.stderr) == (3, True)
    no_version = run_command("recalculate", "--dry-run", "--rates-version", "9999", environment=target.environment)
    assert (no_version.returncode, "AppConfig does not give" in no_version.stderr) == (3, True)


def test_without_rules_nothing_is_looked_at(connection, cluster):
    refused = on_database(connection, cluster, "recalculate")
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)
