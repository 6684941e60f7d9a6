"""Secrets, their values and log groups."""

from collections.abc import Iterable
from typing import Any

import pytest

from harness.failure import HarnessError
from harness.provider.engine.aws import Aws
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

BOTH = """
resource "aws_kms_key" "k" {
  deletion_window_in_days = 7
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "%(name)s"
  description             = "%(description)s"
  kms_key_id              = aws_kms_key.k.arn
  recovery_window_in_days = %(days)s
  tags                    = { Purpose = "test" }
}
resource "aws_secretsmanager_secret_version" "v" {
  secret_id                = aws_secretsmanager_secret.s.id
  secret_string_wo         = jsonencode({ username = "engine", password = "%(password)s" })
  secret_string_wo_version = %(version)s
}
resource "aws_cloudwatch_log_group" "g" {
  name              = "%(group)s"
  kms_key_id        = aws_kms_key.k.arn
  retention_in_days = %(kept)s
  tags              = { Purpose = "test" }
}
"""
SECRET, GROUP = "aws_secretsmanager_secret.s", "aws_cloudwatch_log_group.g"
VERSION = "aws_secretsmanager_secret_version.v"
both = Root(BOTH, {
    "name": "types/database", "description": "credentials", "days": "0", "password": "first-password-9", "version": "1", "group": "/types/g",
    "kept": "30",
})  # fmt: skip


def _current(stack: Stack) -> str:
    return str(stack.client("secretsmanager").get_secret_value(SecretId="types/database")["SecretString"])


def _files(stack: Stack) -> list[str]:
    """What Terraform leaves on the disk, but for the configuration itself."""
    found = [each for each in stack.folder.rglob("*") if each.is_file() and each.suffix != ".tf"]
    return [each.read_text(errors="replace") for each in found]


class TestSecretsAndLogs(Life):
    root = both
    named = {
        SECRET: {"id": "{arn}"},
        VERSION: {"id": "{secret_id}|{version_id}", "version_stages": "['AWSCURRENT']"},
        GROUP: {"arn": "arn:aws:logs:us-east-1:000000000000:log-group:/types/g"},
    }
    imported_by = {SECRET: "{arn}", GROUP: "/types/g"}
    before_import = {"days": "30"}
    changes = {"description": "", "kept": "0"}
    updated = [SECRET, GROUP]
    replaced = [({"name": "types/other", "group": "/types/other"}, [SECRET, VERSION, GROUP])]
    drifted = {SECRET: "update", GROUP: "update"}

    def applied(self, stack: Stack) -> None:
        made, logs = stack.resources(), stack.client("logs")
        secret = stack.client("secretsmanager").describe_secret(SecretId="types/database")
        key = made["aws_kms_key.k"]["arn"]
        assert (secret["ARN"], secret["Description"], secret["KmsKeyId"]) == (made[SECRET]["id"], "credentials", key)
        assert {each["Key"] for each in secret["Tags"]} == {"Application", "Purpose"}
        [group] = logs.describe_log_groups(logGroupNamePrefix="/types/")["logGroups"]
        assert (group["retentionInDays"], group["kmsKeyId"]) == (30, key)
        tags = logs.list_tags_for_resource(resourceArn=made[GROUP]["arn"])["tags"]
        assert tags == {"Application": "provider-tests", "Purpose": "test"}

    def changed(self, stack: Stack) -> None:
        secret = stack.client("secretsmanager").describe_secret(SecretId="types/database")
        assert secret.get("Description", "") == ""
        assert secret["KmsKeyId"] == stack.resources()["aws_kms_key.k"]["arn"]
        [group] = stack.client("logs").describe_log_groups(logGroupNamePrefix="/types/")["logGroups"]
        assert "retentionInDays" not in group

    def drift(self, stack: Stack) -> None:
        secrets, logs = stack.client("secretsmanager"), stack.client("logs")
        secrets.update_secret(SecretId="types/database", Description="taken over")
        secrets.untag_resource(SecretId="types/database", TagKeys=["Purpose"])
        logs.delete_retention_policy(logGroupName="/types/g")
        logs.tag_resource(resourceArn=stack.resources()[GROUP]["arn"], tags={"Purpose": "another"})

    def left(self, stack: Stack) -> Iterable[Any]:
        listed = stack.client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
        yield from (each for each in listed if each["Name"] == "types/database")
        yield from stack.client("logs").describe_log_groups(logGroupNamePrefix="/types/")["logGroups"]


def test_a_secret_is_in_the_api_and_in_nothing_that_terraform_keeps(stack: Stack) -> None:
    stack.apply(both())
    assert "first-password-9" in _current(stack)
    stack.apply(both(password="second-password-9", version="2"))
    assert "second-password-9" in _current(stack)
    stack.plan()
    kept = _files(stack)
    assert any("types/database" in each for each in kept)
    assert not [each for each in kept if "password-9" in each]
    version = stack.resources()[VERSION]
    assert version["has_secret_string_wo"] is True
    assert (version["secret_string"], version["secret_binary"], version["secret_string_wo"]) == (None, None, None)


def test_a_write_only_value_is_never_asked_for(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, call = [], Aws.call

    def recording(aws: Aws, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        asked.append(operation)
        return call(aws, service, operation, **parameters)

    monkeypatch.setattr(Aws, "call", recording)
    stack.apply(both())
    assert stack.plan() == {}
    assert "PutSecretValue" in asked
    assert "GetSecretValue" not in asked


def test_a_failed_apply_keeps_no_secret_either(stack: Stack) -> None:
    stack.apply(both())
    gone = (
        both().replace("aws_secretsmanager_secret.s.id", '"types/nobody"').replace("wo_version = 1", "wo_version = 2")
    )
    with pytest.raises(HarnessError, match=r"PutSecretValue, .*api error ResourceNotFoundException"):
        stack.apply(gone)
    assert not [each for each in _files(stack) if "password-9" in each]
    stack.apply(both())


def test_a_new_secret_comes_by_its_version_number_alone(stack: Stack) -> None:
    stack.apply(both())
    assert stack.plan(both(password="second-password-9")) == {}
    assert stack.plan(both(version="2")) == {VERSION: "replace"}


def test_a_policy_of_a_secret_is_set_and_changed(stack: Stack) -> None:
    statement = '[{ Effect = "Deny", Principal = "*", Action = "%s", Resource = "*" }]'
    policy = 'policy = jsonencode({ Version = "2012-10-17", Statement = ' + statement + " })\n  name "
    for action in ("secretsmanager:RotateSecret", "secretsmanager:CancelRotateSecret"):
        stack.apply(both().replace("  name  ", "  " + policy % action, 1))
        assert stack.plan() == {}
        found = stack.client("secretsmanager").get_resource_policy(SecretId="types/database")
        assert action in found["ResourcePolicy"]


def test_a_secret_without_recovery_is_gone_at_once_and_made_again(stack: Stack) -> None:
    stack.apply(both())
    stack.destroy()
    assert stack.apply(both())[SECRET] == "create"


def test_a_secret_with_a_recovery_window_waits_for_it(stack: Stack) -> None:
    stack.apply(both(days="7", name="types/kept"))
    stack.destroy()
    secrets = stack.client("secretsmanager")
    assert "DeletedDate" in secrets.describe_secret(SecretId="types/kept")
    secrets.delete_secret(SecretId="types/kept", ForceDeleteWithoutRecovery=True)


def test_a_secret_deleted_behind_terraforms_back_is_made_again(stack: Stack) -> None:
    stack.apply(both())
    stack.client("secretsmanager").delete_secret(SecretId="types/database", RecoveryWindowInDays=7)
    assert stack.plan() == {SECRET: "create", VERSION: "replace"}
    stack.client("secretsmanager").delete_secret(SecretId="types/database", ForceDeleteWithoutRecovery=True)


@pytest.mark.parametrize("value", ['secret_string = "open"', 'secret_binary = base64encode("open")'])
def test_a_value_that_is_not_write_only_is_read_back(stack: Stack, value: str) -> None:
    opened = both().replace(
        'secret_string_wo         = jsonencode({ username = "engine", password = "first-password-9" })', value
    )
    opened = opened.replace("  secret_string_wo_version = 1\n", "")
    stack.apply(opened)
    assert stack.plan() == {}
    found = stack.client("secretsmanager").get_secret_value(SecretId="types/database")
    assert found.get("SecretString", "open") == "open"
    assert found.get("SecretBinary", b"open") == b"open"
