"""The records of a soak are ones that the system takes, and none of them makes an account grow without bound."""

from collections import Counter
from datetime import UTC, datetime

from domain.records import parse_record
from harness.soak.mix import ACCOUNTS, HOLDINGS_AN_ACCOUNT, SECURITIES, Mix

RECORDS = 40_000


def fed() -> list[dict[str, object]]:
    mix = Mix("T1", RECORDS)
    return [*mix.opening(), *(mix.record() for _ in range(RECORDS)), *mix.closing()]


FED = fed()


def test_every_record_is_one_that_the_domain_reads() -> None:
    kinds = Counter(parse_record(record)[0].record_type for record in FED)
    assert set(kinds) == {"account", "trade", "position", "corporate_action", "election", "confirmation"}


def test_no_two_records_are_the_same_report() -> None:
    records = [parse_record(record)[0] for record in FED]
    identities = [(record.record_type, record.identity, record.sequence) for record in records]
    assert len(set(identities)) == len(identities)


def test_from_the_first_event_on_its_holders_are_stated_to_hold() -> None:
    first = next(number for number, record in enumerate(FED) if record["record_type"] == "corporate_action")
    isin = FED[first]["isin"]
    held = [record["settled_quantity"] for record in FED[:first] if record["record_type"] == "position" and record["isin"] == isin]  # fmt: skip
    assert len(held) >= ACCOUNTS * HOLDINGS_AN_ACCOUNT // SECURITIES
    assert "0" not in held


def test_the_last_position_of_a_holding_is_what_its_trades_add_up_to() -> None:
    traded: Counter[tuple[object, object]] = Counter()
    stated: dict[tuple[object, object], int] = {}
    for record in FED:
        holding = record.get("safekeeping_account"), record.get("isin")
        if record["record_type"] == "trade":
            traded[holding] += int(str(record["quantity"])) * (1 if record["side"] == "BUY" else -1)
        if record["record_type"] == "position":
            stated[holding] = int(str(record["settled_quantity"]))
    assert len(stated) == ACCOUNTS * HOLDINGS_AN_ACCOUNT
    assert stated == dict(traded)


def test_days_of_the_book_have_passed_when_it_is_fed() -> None:
    days = {str(record["as_of_date"]) for record in FED if record["record_type"] == "position"}
    payments = {
        str(record["payment_date"])
        for record in FED
        if record["record_type"] == "corporate_action" and record["event_type"] == "DVCA"
    }
    assert len(days) == RECORDS * 30 // 100 // (ACCOUNTS * HOLDINGS_AN_ACCOUNT) + 3
    assert max(days | payments) < datetime.now(UTC).date().isoformat()
