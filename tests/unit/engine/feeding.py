"""Facts fed to the engine on a real PostgreSQL, and what its tables then say."""

from datetime import UTC, datetime

from domain.rules import Rules, WithholdingRates
from servicing_engine.folding.processing import process
from servicing_engine.store.facts import Fact
from tests.unit.domain.facts import account, event, position, rate, rates, trade

RULES = Rules(WithholdingRates.from_document(rates(rate("US-GB", "30", "15"))), None, "1", "1")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def facts(*raws, prefix="shard"):
    return [Fact.read({"record_id": f"{prefix}:{index}", "record": raw}) for index, raw in enumerate(raws)]


def feed(connection, *raws, prefix, rules=RULES, now=NOW):
    return [each.state for each in process(connection, facts(*raws, prefix=prefix), rules, now).values()]


def rows(connection, query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def current(connection):
    query = "SELECT corporate_action_event_id, safekeeping_account, eligible_quantity, net_amount, entitled_quantity, version FROM entitlements WHERE status = 'CALCULATED'"
    return set(rows(connection, query))


def history(connection):
    return rows(
        connection, "SELECT revision, status, is_reversal, net_amount FROM entitlements ORDER BY revision, is_reversal"
    )


def shard_ids(connection):
    return [shard_id for (shard_id,) in rows(connection, "SELECT shard_id FROM shards ORDER BY shard_id")]


SPLIT = event(
    "SPLF",
    {
        "new_to_old": {"numerator": "3", "denominator": "2"},
        "fraction_disposition": "CINL",
        "cash_in_lieu_price": "9",
        "currency": "USD",
    },
    corporate_action_event_id="CA-2",
)
FACTS = [
    *(account(f"ACC-{number}") for number in (1, 2)),
    account("ACC-1", documentation_status="expired", sequence=1),
    *(
        position(str(number * 7), f"2026-03-{number:02}", safekeeping_account=f"ACC-{1 + number % 2}")
        for number in range(10, 16)
    ),
    position("31", safekeeping_place="OTHER", source="CUSTODIAN-B"),
    position("32", safekeeping_place="OTHER", source="CUSTODIAN-B"),
    position("99", safekeeping_place="OTHER", source="CUSTODIAN-C", sequence=5),
    account("ACC-2", residence="FR"),
    event(),
    event(version=2, function="REPL", option={"gross_rate": "0.33", "currency": "USD"}),
    SPLIT,
    trade("B1", "BUY", "33", "2025-01-02"),
    trade("B2", "BUY", "20", "2025-02-02", safekeeping_account="ACC-2"),
    trade("S1", "SELL", "10", "2026-04-01", "8"),
    trade("S2", "SELL", "1000", "2026-04-01", "8"),
    {"record_type": "trade", "trade_id": "B2", "safekeeping_account": "ACC-2", "function": "CANC", "sequence": 1},
]
