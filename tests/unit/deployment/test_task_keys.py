"""Session keys of the engine's role on a real MiniStack: who they are, how long they stay, and that they go."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.deployment.task_keys import NAME, forget_keys, renew_keys, session_secrets
from harness.embedded import ministack, processes
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder
from harness.environment import client
from harness.targets.registry import load

TARGET = load()["ministack"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    run, port = RunFolder(tmp_path_factory.mktemp("ministack")), processes.free_port()
    run.make()
    record = ProcessRecord.of(ministack.server(run, port).start().pid)
    try:
        ministack.server(run, port).wait_ready()
        root = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        yield {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": "us-east-1", **root}
    finally:
        processes.stop(record)


@pytest.fixture(scope="module")
def state(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Terraform state with the engine's role."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam", environment).create_role(RoleName="engine", AssumeRolePolicyDocument=document)["Role"]
    instance = {"index_key": "engine_task", "attributes": {"arn": role["Arn"]}}
    resource = {"type": "aws_iam_role", "module": "module.identity", "instances": [instance]}
    file = tmp_path_factory.mktemp("state") / "terraform.tfstate"
    file.write_text(json.dumps({"resources": [resource]}))
    return file


def kept(environment: dict[str, str]) -> dict[str, Any]:
    answer = client("secretsmanager", environment).get_secret_value(SecretId=NAME)
    return dict(json.loads(answer["SecretString"]))


def test_the_keys_are_the_roles_and_stay_until_their_end_is_near(environment: dict[str, str], state: Path) -> None:
    renew_keys(TARGET, state, environment)
    first = kept(environment)
    names = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey"}
    own = {**{name: first[key] for name, key in names.items()}, "AWS_SESSION_TOKEN": first["SessionToken"]}
    caller = client("sts", {**environment, **own}).get_caller_identity()["Arn"]
    assert caller.endswith(":assumed-role/engine/engine")
    renew_keys(TARGET, state, environment)
    assert kept(environment) == first
    soon = (datetime.now(UTC) + timedelta(minutes=49)).isoformat()
    content = json.dumps({**first, "Expiration": soon})
    client("secretsmanager", environment).put_secret_value(SecretId=NAME, SecretString=content)
    renew_keys(TARGET, state, environment)
    assert kept(environment)["AccessKeyId"] != first["AccessKeyId"]


def test_a_container_is_given_each_key_by_its_name_until_they_are_forgotten(
    environment: dict[str, str], state: Path
) -> None:
    renew_keys(TARGET, state, environment)
    arn = client("secretsmanager", environment).describe_secret(SecretId=NAME)["ARN"]
    assert session_secrets(environment)["AWS_SESSION_TOKEN"] == f"{arn}:SessionToken::"
    forget_keys(environment)
    assert session_secrets(environment) == {}
    forget_keys(environment)
