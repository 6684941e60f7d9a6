"""Names that no secret has, and what is refused of a secret that was deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_secret
from tests.conformance.refusing import refusal, refused

pytestmark = scenario(
    service="secretsmanager", lane="control plane", feature="error codes", aws="secretsmanager:CreateSecret"
)
INVALID, DELETED = ("ValidationException", 400), ("InvalidRequestException", 400)
NAMES = {"space": "Inv Name", "space-first": " Inv Name", "marks": " Inv*Name? ", "brackets": " Inv *?!]Name\\-"}
ASKED: dict[str, dict[str, Any]] = {
    "describe_secret": {},
    "get_secret_value": {},
    "put_secret_value": {"SecretString": "x"},
    "tag_resource": {"Tags": [{"Key": "owner", "Value": "a"}]},
    "update_secret": {"Description": "x"},
}
"""Operations of a secret, and what they need besides its name."""


@scenario("secretsmanager.names.wrong")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_with_other_characters_is_refused(aws: AwsClients, cleanup: Cleanup, name: str) -> None:
    with refused("ValidationException", status=400):
        a_secret(aws, name, cleanup)


@scenario("secretsmanager.names.asked-for", aws="secretsmanager:DescribeSecret")
@pytest.mark.parametrize("operation", ASKED)
def test_a_name_that_no_secret_may_have_is_not_asked_for(secrets: Any, operation: str) -> None:
    assert refusal(getattr(secrets, operation), SecretId=NAMES["space"], **ASKED[operation]) == INVALID


TAGGING: dict[str, Callable[[Any, str], Any]] = {
    "tag": lambda secrets, arn: refusal(secrets.tag_resource, SecretId=arn, Tags=[{"Key": "b", "Value": "c"}]),
    "untag": lambda secrets, arn: refusal(secrets.untag_resource, SecretId=arn, TagKeys=["a"]),
}


@scenario("secretsmanager.deletion.tags", feature="deletion", aws="secretsmanager:TagResource")
@pytest.mark.parametrize("ask", TAGGING.values(), ids=TAGGING)
def test_a_deleted_secret_is_not_tagged(
    aws: AwsClients, secrets: Any, name: str, cleanup: Cleanup, ask: Callable[[Any, str], Any]
) -> None:
    arn = a_secret(aws, name, cleanup, Tags=[{"Key": "a", "Value": "b"}])
    secrets.delete_secret(SecretId=arn)
    assert ask(secrets, arn) == DELETED
