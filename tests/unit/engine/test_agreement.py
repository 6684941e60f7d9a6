"""`calculate` and the engine on PostgreSQL agree: same entitlements, payments, lots, realised rows, claims, reversals and refusals.

Of 50 random documents and every worked example; `python -m tests.agreement` tries 1,000 others. What a failure prints is a document of the
fewest facts on which they still differ: for `python -m servicing_engine calculate`.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.agreement.documents import METHODS, random_document
from tests.agreement.sides import differences, holds, minimal
from tests.unit.domain.test_random_life import KINDS

SEEDS = range(50)
WORKED = sorted((Path(__file__).parents[1] / "domain" / "worked").glob("*.json"))
PARTS = {
    "entitlements",
    "paid",
    "tax_lots",
    "transfers",
    "realised",
    "reversals",
    "market_claims",
    "transformations",
    "buyer_protections",
}
REASONS = {
    "insufficient_lots",
    "not_released",
    "after_deadline",
    "over_instruction",
    "lots_not_adjusted",
    "claims_not_detected",
    "short_not_allowed",
    "election_of_a_short",
    "missing_exchange_rate",
    "awaits_exchange_rate",
}


@pytest.fixture(scope="module")
def connection(new_database):
    made = new_database()()
    yield made
    made.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_engine_says_of_a_random_document_what_calculate_says(connection, seed):
    assert_agreement(connection, random_document(seed), seed)


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_the_engine_says_of_a_worked_example_what_calculate_says(connection, path):
    assert_agreement(connection, json.loads(path.read_text(encoding="utf-8"))["document"], len(path.stem))


def assert_agreement(connection, document, seed):
    if differences(connection, document, seed):
        least = minimal(connection, document, seed)
        told = json.dumps(differences(connection, least, seed), indent=1)
        pytest.fail(f"only calculate, only the engine: {told}\n\nthe fewest facts:\n{json.dumps(least)}", pytrace=False)


def test_one_in_twenty_random_documents_holds_each_event_type_method_regime_part_and_refusal():
    held = Counter(name for seed in SEEDS for name in holds(random_document(seed)))
    assert {name for name in {*KINDS, *METHODS, *PARTS, *REASONS} if held[name] < len(SEEDS) / 20} == set()
