"""PartiQL: statements that read and write items, in batches and transactions, and statements that are refused."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.refusing import refused
from tests.conformance.tables import FRESH, KEY, TABLE, call, items_of, row

pytestmark = scenario(service="dynamodb", lane="data plane", feature="PartiQL", aws="dynamodb:ExecuteStatement")
WHERE = f"WHERE pk = '{FRESH}' AND sk = 's'"
ITEM = KEY | {"v": {"N": "5"}, "tree": {"M": {"deep": {"S": "d"}}}}


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_table(aws, new_name(), module_cleanup)


def inserting(sort: str = "s") -> str:
    return f"INSERT INTO \"{TABLE}\" VALUE {{'pk': '{FRESH}', 'sk': '{sort}', 'v': 7}}"


def stored(fresh: str, **changed: Any) -> dict[str, Any]:
    return {"pk": {"S": fresh}, "sk": {"S": "s"}} | changed


@scenario("dynamodb.statement.select")
@pytest.mark.parametrize(
    ("statement", "parameters", "found"),
    [
        pytest.param(f'SELECT v FROM "{TABLE}" {WHERE}', None, [{"v": {"N": "5"}}], id="attribute"),
        pytest.param(f'SELECT pk, sk FROM "{TABLE}" {WHERE}', None, [KEY], id="keys"),
        pytest.param(f'SELECT v FROM "{TABLE}" {WHERE} AND v > 4', None, [{"v": {"N": "5"}}], id="comparison"),
        pytest.param(f"SELECT v FROM \"{TABLE}\" WHERE pk = '{FRESH}' AND sk = 'absent'", None, [], id="nothing"),
        pytest.param(
            f"SELECT v FROM \"{TABLE}\" WHERE pk = '{FRESH}' AND begins_with(sk, 's')",
            None,
            [{"v": {"N": "5"}}],
            id="begins-with",
        ),
        pytest.param(f'SELECT tree.deep FROM "{TABLE}" {WHERE}', None, [{"deep": {"S": "d"}}], id="inside-map"),
        pytest.param(
            f"SELECT v FROM \"{TABLE}\" WHERE pk = ? AND sk = 's'", [{"S": FRESH}], [{"v": {"N": "5"}}], id="parameter"
        ),
    ],
)
def test_a_selection_gives_what_it_names(
    aws: AwsClients, name: str, fresh: str, statement: str, parameters: Any, found: list[dict[str, Any]]
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    answer = call(aws, "ExecuteStatement", name, fresh, Statement=statement, Parameters=parameters, ConsistentRead=True)
    assert answer["Items"] == [stored(fresh) if item is KEY else item for item in found]


@scenario("dynamodb.statement.write")
@pytest.mark.parametrize(
    ("statement", "left"),
    [
        pytest.param(f'UPDATE "{TABLE}" SET v = 6 {WHERE}', {"v": {"N": "6"}, "tree": ITEM["tree"]}, id="set"),
        pytest.param(f'UPDATE "{TABLE}" REMOVE tree {WHERE}', {"v": {"N": "5"}}, id="remove"),
        pytest.param(f'DELETE FROM "{TABLE}" {WHERE}', None, id="delete"),
    ],
)
def test_a_statement_changes_the_item_that_it_names(
    aws: AwsClients, name: str, fresh: str, statement: str, left: dict[str, Any] | None
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    call(aws, "ExecuteStatement", name, fresh, Statement=statement)
    assert items_of(aws, name, fresh) == ([] if left is None else [stored(fresh, **left)])


@scenario("dynamodb.statement.insert")
@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        pytest.param(inserting(), None, id="literal"),
        pytest.param(
            f"INSERT INTO \"{TABLE}\" VALUE {{'pk': ?, 'sk': 's', 'v': ?}}", [{"S": FRESH}, {"N": "7"}], id="parameters"
        ),
    ],
)
def test_an_item_is_inserted_once(aws: AwsClients, name: str, fresh: str, statement: str, parameters: Any) -> None:
    call(aws, "ExecuteStatement", name, fresh, Statement=statement, Parameters=parameters)
    assert items_of(aws, name, fresh) == [stored(fresh, v={"N": "7"})]
    with refused("DuplicateItemException", status=400):
        call(aws, "ExecuteStatement", name, fresh, Statement=statement, Parameters=parameters)


@scenario("dynamodb.statement.refused", feature="error codes")
@pytest.mark.parametrize(
    ("operation", "code", "asked"),
    [
        row("syntax", "ExecuteStatement", "ValidationException", Statement="SELEKT everything"),
        row("no-such-table", "ExecuteStatement", "ResourceNotFoundException", Statement=f"SELECT v FROM \"{new_name()}\" WHERE pk = 'a'"),
        row("no-parameters", "ExecuteStatement", "ValidationException", Statement=f'SELECT v FROM "{TABLE}" {WHERE}', Parameters=[]),
        row("empty-batch", "BatchExecuteStatement", "ValidationException", Statements=[]),
        row("empty-transaction", "ExecuteTransaction", "ValidationException", TransactStatements=[]),
    ],
)  # fmt: skip
def test_a_statement_that_is_none_is_refused(
    aws: AwsClients, name: str, fresh: str, operation: str, code: str, asked: dict[str, Any]
) -> None:
    with refused(code, status=400):
        call(aws, operation, name, fresh, **asked)


@scenario("dynamodb.statement.batch", feature="batches", aws="dynamodb:BatchExecuteStatement")
@pytest.mark.parametrize(
    ("statements", "codes", "left"),
    [
        pytest.param([f'UPDATE "{TABLE}" SET v = 6 {WHERE}', inserting("new")], [None, None], ["7", "6"], id="writes"),
        pytest.param(
            [f'SELECT v FROM "{TABLE}" {WHERE}', f"SELECT v FROM \"{new_name()}\" WHERE pk = 'a'"],
            [None, "ResourceNotFound"],
            ["5"],
            id="reads",
        ),
    ],
)
def test_a_batch_of_statements_answers_each(
    aws: AwsClients, name: str, fresh: str, statements: list[str], codes: list[str | None], left: list[str]
) -> None:
    call(aws, "PutItem", name, fresh, Item=ITEM)
    answers = call(aws, "BatchExecuteStatement", name, fresh, Statements=[{"Statement": one} for one in statements])
    assert [answer.get("Error", {}).get("Code") for answer in answers["Responses"]] == codes
    assert [item["v"]["N"] for item in items_of(aws, name, fresh)] == left


@scenario("dynamodb.statement.transaction", feature="transactions", aws="dynamodb:ExecuteTransaction")
def test_statements_of_a_transaction_happen_together_or_not_at_all(aws: AwsClients, name: str, fresh: str) -> None:
    def execute(*statements: str) -> None:
        asked = [{"Statement": statement} for statement in statements]
        call(aws, "ExecuteTransaction", name, fresh, TransactStatements=asked)

    execute(inserting("a"), inserting("b"))
    with refused("TransactionCanceledException", status=400):
        execute(inserting("c"), inserting("a"))
    assert [item["sk"]["S"] for item in items_of(aws, name, fresh)] == ["a", "b"]
