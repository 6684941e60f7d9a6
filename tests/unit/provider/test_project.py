"""The project's own root, planned and applied on the emulator: with services absent, and what AWS would refuse."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from python_terraform import IsFlagged

from harness.deployment.infrastructure import infrastructure
from harness.embedded.state import TargetState
from harness.failure import HarnessError
from harness.targets.registry import choose
from harness.targets.starting import bring_up, take_down
from tests.unit.provider.conftest import Stack

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS = ("api_handler", "ingest_normalizer", "reconciliation")
CODE = {"codebuild", "codecommit", "codedeploy", "codepipeline"}
MODULES = {"api", "database", "delivery", "engine", "monitoring", "network", "rules"}
# Absent services -> modules that are not made, and the tasks that the engine's service wants (None: there is no service).
ABSENT: dict[str, tuple[set[str], set[str], int | None]] = {
    "none": (set(), set(), 2),
    "apigateway": ({"apigateway"}, {"api"}, 2),
    "appconfig": ({"appconfig"}, {"rules"}, 0),
    "cloudwatch": ({"cloudwatch"}, {"monitoring"}, 2),
    "rds": ({"rds"}, {"database"}, 0),
    "ec2": ({"ec2"}, {"network", "database", "engine"}, None),
    "ecs, codebuild": ({"ecs", "codebuild"}, {"engine", "delivery"}, None),
    "ecr, codecommit": ({"ecr", "codecommit"}, {"engine", "delivery"}, None),
    "codedeploy": ({"codedeploy"}, {"delivery"}, 2),
    "codepipeline": ({"codepipeline"}, {"delivery"}, 2),
    "all": ({"apigateway", "appconfig", "cloudwatch", "ec2", "ecr", "ecs", "rds"} | CODE, MODULES, None),
}
OUTPUTS = {
    "api": ["api_base_url"],
    "database": ["database_address", "database_name", "database_port", "database_secret_arn"],
    "delivery": ["codebuild_project_names", "codecommit_repository_name", "codedeploy_application_name", "codepipeline_name"],
    "engine": ["engine_cluster_name", "engine_repository_url", "engine_service_name"],
    "monitoring": ["alarm_names", "dashboard_name"],
    "network": [],
    "rules": ["appconfig_application_id", "appconfig_environment_id", "appconfig_profile_ids"],
}  # fmt: skip


class Project(Stack):
    """A copy of the project's root. What is written, planned and applied are variables, as JSON."""

    @property
    def build(self) -> Path:
        return self.folder.parent / "build"

    def write(self, body: str) -> None:
        (self.folder / "case.auto.tfvars.json").write_text(body, encoding="utf-8")

    def planned(self, **variables: Any) -> dict[str, Any]:
        """The plan as `terraform show -json` has it."""
        self.write(self.given(**variables))
        out = self.folder / "plan"
        with self.driver() as driver:
            driver.plan(lambda line: None, out)
            return dict(json.loads(driver.run("show", str(out), json=IsFlagged).stdout))

    def given(self, **variables: Any) -> str:
        common = {"deletion_protection": False, "require_secure_transport": False, "vpc_endpoints_enabled": False}
        ours = {"database_password": "only-for-tests", "engine_image": "engine:1", "package_directory": str(self.build)}
        variables = {name: sorted(value) if isinstance(value, set) else value for name, value in variables.items()}
        return json.dumps({**common, **ours, **variables})


def _copy(folder: Path, target: TargetState) -> Project:
    ignored = shutil.ignore_patterns(".terraform*", "targets", "*.py", "__pycache__")
    for name in ("rules", "terraform"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    made = Project(folder / "terraform", target.aws_variables(), target)
    made.build.mkdir()
    for name in FUNCTIONS:
        with zipfile.ZipFile(made.build / f"{name}.zip", "w") as package:
            package.writestr("functions/__init__.py", "")
    return made


@pytest.fixture(scope="module")
def project(target: TargetState, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Planned only."""
    return _copy(tmp_path_factory.mktemp("project"), target)


@pytest.fixture(scope="module")
def applied(target: TargetState, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Applied as AWS would get it, but without the services whose modules are slow and not looked at here."""
    made = _copy(tmp_path_factory.mktemp("applied"), target)
    try:
        made.apply(made.given(absent_services={"appconfig", "apigateway", "rds"} | CODE, engine_secrets={"A": "arn:b"}))
        yield made
    finally:
        made.destroy()


def _resources(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    modules = plan["planned_values"]["root_module"]["child_modules"]
    return [resource for module in modules for resource in module["resources"]]


@pytest.mark.parametrize("case", ABSENT)
def test_modules_of_absent_services_are_not_made_and_their_outputs_are_empty(project: Project, case: str) -> None:
    services, missing, tasks = ABSENT[case]
    plan = project.planned(absent_services=services)
    made = {resource["address"].split(".")[1].removesuffix("[0]") for resource in _resources(plan)}
    assert MODULES - made == missing
    outputs = plan["output_changes"]
    assert outputs.keys() == set(re.findall(r'^output "(\w+)"', (ROOT / "terraform/outputs.tf").read_text(), re.M))
    empty = {
        name for name, change in outputs.items() if change.get("after") in ("", {}) and not change["after_unknown"]
    }
    assert empty == {name for module in missing for name in OUTPUTS[module]}
    wanted = [
        resource["values"]["desired_count"] for resource in _resources(plan) if resource["type"] == "aws_ecs_service"
    ]
    assert wanted == ([] if tasks is None else [tasks])


def test_alarms_of_what_is_absent_are_not_made_and_the_others_tell_the_topic(project: Project) -> None:
    topic = "arn:aws:sns:us-east-1:000000000000:operators"
    plan = project.planned(absent_services={"apigateway", "rds"}, alarm_topic_arn=topic)
    alarms = {
        resource["index"]: resource["values"]
        for resource in _resources(plan)
        if resource["type"] == "aws_cloudwatch_metric_alarm"
    }
    assert set(alarms) == {
        "dead-letters", "ingest-behind", "ingest-errors", "reconciliation-behind", "reconciliation-breaks", "reconciliation-errors",
        "requests-wait",
    }  # fmt: skip
    assert {(*alarm["alarm_actions"], *alarm["ok_actions"]) for alarm in alarms.values()} == {(topic, topic)}


def test_a_topic_that_is_none_is_refused(project: Project) -> None:
    with pytest.raises(HarnessError, match="alarm_topic_arn: the ARN of an SNS topic"):
        project.planned(alarm_topic_arn="operators@example.com")


def test_a_service_that_the_system_cannot_do_without_is_refused(project: Project) -> None:
    with pytest.raises(HarnessError, match=r"absent_services: of apigateway, .* only"):
        project.planned(absent_services={"kinesis"})


def test_everything_is_planned_in_the_region_that_the_caller_names(
    target: TargetState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "ENDPOINT": target.endpoint,
        "PROVIDER": "embedded",
        "AWS_REGION": "eu-west-1",
        "RUN_FOLDER": str(tmp_path / "run"),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    bring_up(choose("custom"))  # the emulator runs: its companion is started
    try:
        with infrastructure(choose("custom")) as ready:
            ready.driver.plan(lambda line: None, tmp_path / "plan")
            plan = json.loads(ready.driver.run("show", str(tmp_path / "plan"), json=IsFlagged).stdout)
    finally:
        take_down(choose("custom"))
    assert plan["planned_values"]["outputs"]["aws_region"]["value"] == "eu-west-1"


def test_a_databases_version_and_reach_are_variables(project: Project) -> None:
    plan = project.planned(database_engine_version="16", database_publicly_accessible=True)
    [database] = [resource["values"] for resource in _resources(plan) if resource["type"] == "aws_db_instance"]
    assert (database["engine_version"], database["publicly_accessible"]) == ("16", True)


def test_a_second_plan_without_those_services_has_no_changes(applied: Project) -> None:
    assert applied.plan() == {}


def test_a_state_from_before_is_moved_and_nothing_is_destroyed(applied: Project) -> None:
    before = applied.tfstate.read_text()
    try:
        applied.tfstate.write_text(re.sub(r'("module": "module\.(?!monitoring)\w+)\[0\]', r"\1", before))
        assert set(applied.plan().values()) == {"move"}
    finally:
        applied.tfstate.write_text(before)


def _policies(applied: Project, kind: str, attribute: str) -> dict[str, list[dict[str, Any]]]:
    """Role -> statements."""
    found = {
        re.findall(r'\["(\w+)"\]', address)[0]: json.loads(attributes[attribute])["Statement"]
        for address, attributes in applied.resources().items()
        if address.startswith(f"module.identity.{kind}.")
    }
    assert len(found) == 7
    return found


def test_no_policy_names_what_is_absent(applied: Project) -> None:
    for role, statements in _policies(applied, "aws_iam_role_policy", "policy").items():
        for statement in statements:
            listed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            assert all(arn.startswith("arn:") or arn == "*" for arn in listed), (role, statement)


@pytest.mark.parametrize("role", [*FUNCTIONS, "pipeline"])
def test_who_reads_functions_can_decrypt_their_environment(applied: Project, role: str) -> None:
    statements = _policies(applied, "aws_iam_role_policy", "policy")[role]
    keys = [one for one in statements if "kms:Decrypt" in one["Action"]]
    [through] = [one["Condition"]["StringEquals"]["kms:ViaService"] for one in keys]
    assert "lambda.us-east-1.amazonaws.com" in through


def test_reconciliation_may_write_of_queue_state_only_who_reads(applied: Project) -> None:
    statements = _policies(applied, "aws_iam_role_policy", "policy")["reconciliation"]
    [write] = [one for one in statements if "dynamodb:BatchWriteItem" in one["Action"]]
    assert write["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["reconciling:*"]}}
    assert write["Resource"].endswith("-queue-state")
    assert not any("dynamodb:PutItem" in one["Action"] or "dynamodb:UpdateItem" in one["Action"] for one in statements)


def test_only_services_that_are_known_to_name_the_account_have_to(applied: Project) -> None:
    asked: dict[bool, set[str]] = {False: set(), True: set()}
    for statements in _policies(applied, "aws_iam_role", "assume_role_policy").values():
        for statement in statements:
            asked["Condition" in statement] |= set(statement["Principal"]["Service"])
    assert asked[False] == {"codedeploy.amazonaws.com", "lambda.amazonaws.com"}
    services = ("codebuild", "codepipeline", "ecs-tasks", "events")
    assert asked[True] == {f"{service}.amazonaws.com" for service in services}


@pytest.fixture
def container(applied: Project) -> dict[str, Any]:
    definition = applied.resources()["module.engine[0].aws_ecs_task_definition.this"]
    [only] = json.loads(definition["container_definitions"])
    return dict(only)


def test_the_health_check_asks_the_python_that_every_base_image_has(container: dict[str, Any]) -> None:
    assert container["healthCheck"]["command"] == ["CMD", "python3", "-m", "servicing_engine", "health"]


def test_the_only_writable_folder_is_the_volume_that_the_image_owns(container: dict[str, Any]) -> None:
    [volume] = re.findall(r'^VOLUME \["(\S+)"\]$', (ROOT / "Dockerfile.engine").read_text(), re.M)
    assert container["readonlyRootFilesystem"] is True
    assert [mount["containerPath"] for mount in container["mountPoints"]] == [volume]


def test_an_engine_without_database_is_given_the_further_secrets_only(container: dict[str, Any]) -> None:
    environment = {pair["name"]: pair["value"] for pair in container["environment"]}
    assert environment["DATABASE_HOST"] == ""
    assert container["secrets"] == [{"name": "A", "valueFrom": "arn:b"}]
