"""Claims about terraform/ that hold before any provider has seen it."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from harness.targets.registry import load
from harness.terraform.executable import choose

ROOT = Path(__file__).parents[3] / "terraform"
SOURCES = sorted(ROOT.rglob("*.tf"))
TARGETS = sorted((ROOT / "targets").glob("*.tfvars"))
OUTPUTS = [
    "aws_region",
    "kms_key_arn",
    "position_stream_name",
    "positions_table_name",
    "entitlements_table_name",
    "queue_state_table_name",
    "entitlement_requests_queue_url",
    "notifications_queue_url",
    "dead_letter_queue_url",
    "calculations_bucket",
    "reports_bucket",
    "artifacts_bucket",
    "event_bus_name",
    "notifications_topic_arn",
    "api_base_url",
    "database_address",
    "database_port",
    "database_name",
    "database_secret_arn",
    "engine_cluster_name",
    "engine_service_name",
    "engine_repository_url",
    "appconfig_application_id",
    "appconfig_environment_id",
    "appconfig_profile_ids",
    "function_names",
    "role_arns",
    "codecommit_repository_name",
    "codebuild_project_names",
    "codedeploy_application_name",
    "codepipeline_name",
    "alarm_names",
    "dashboard_name",
]
ROLES = ["api_handler", "build", "engine_execution", "engine_task", "ingest_normalizer", "pipeline", "reconciliation"]


def block(text: str, opening: str) -> str:
    """The body of the first block that opens with `opening`, by the indentation that `terraform fmt` gives."""
    start = text.index(opening)
    indent = re.match(r" *", text[text.rindex("\n", 0, start) + 1 :]).group()
    return text[start : text.index(f"\n{indent}}}", start)]


def test_source_is_formatted(tmp_path: Path) -> None:
    terraform = choose(os.environ, tmp_path).path
    command = [terraform, "fmt", "-check", "-recursive", ROOT]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_outputs_are_those_of_the_contract_in_order() -> None:
    declared = re.findall(r'^output "(\w+)"', (ROOT / "outputs.tf").read_text(), re.M)
    assert declared == sorted(OUTPUTS)


def test_there_are_exactly_seven_roles() -> None:
    resources = [source for source in SOURCES if 'resource "aws_iam_role" ' in source.read_text()]
    text = (ROOT / "modules/identity/main.tf").read_text()
    assert resources == [ROOT / "modules/identity/main.tf"]
    assert text.count('resource "aws_iam_role" ') == 1
    for name in ("trust", "statements"):
        assert sorted(re.findall(r"^    (\w+) += ", block(text, f"{name} = {{"), re.M)) == ROLES


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_statement_has_a_sid_and_no_account_wide_action(source: Path) -> None:
    text = source.read_text()
    assert len(re.findall(r"\bEffect +=", text)) == len(re.findall(r"\bSid +=", text))
    wildcards = re.findall(r'Action += "(?:\*|\w+:\*)"', text)
    allowed = {'"kms:*"', '"s3:*"', '"sqs:*"'}  # the key's own account, and the denials of plain http
    assert all(any(wildcard.endswith(action) for action in allowed) for wildcard in wildcards), wildcards


def test_identity_names_its_resources() -> None:
    for source in sorted((ROOT / "modules/identity").glob("*.tf")):
        for line in source.read_text().splitlines():
            assert not re.search(r'Resource += "\*"', line) or "# " in line, f"{source.name}: {line.strip()}"


def test_no_endpoints_no_skip_flags_and_no_other_provider() -> None:
    text = "\n".join(source.read_text() for source in SOURCES)
    assert not re.search(
        r"^\s*(endpoints \{|skip_(credentials|region|requesting|metadata)|s3_use_path_style)", text, re.M
    )
    assert set(re.findall(r'^(?:resource|data) "([a-z]+)_', text, re.M)) == {"aws"}
    assert re.findall(r'source += "([\w]+/[\w]+)"', text) == ["hashicorp/aws"]


@pytest.mark.parametrize("target", TARGETS, ids=lambda path: path.stem)
def test_a_target_sets_at_most_ten_variables_each_explained(target: Path) -> None:
    declared = re.findall(r'^variable "(\w+)"', (ROOT / "variables.tf").read_text(), re.M)
    lines = [line for line in target.read_text().splitlines() if "=" in line.split("#")[0]]
    assert 0 < len(lines) <= 10
    assert all(line.split("=")[0].strip() in declared and "#" in line for line in lines)


def test_every_registered_target_has_its_variables() -> None:
    assert {target.stem for target in TARGETS} == set(load())


@pytest.mark.parametrize("profile", ["withholding_rates", "market_calendars"])
def test_appconfig_takes_the_validators(profile: str) -> None:
    text = (ROOT / f"modules/rules/schemas/{profile}.json").read_text()
    assert len(text) <= 32_768
    assert json.loads(text)["$schema"] == "http://json-schema.org/draft-04/schema#"


def test_password_is_ephemeral_and_only_in_write_only_arguments() -> None:
    for path in (ROOT / "variables.tf", ROOT / "modules/database/variables.tf"):
        name = "database_password" if path.parent == ROOT else "password"
        assert re.search(r"ephemeral +=", block(path.read_text(), f'variable "{name}"'))
    uses = [line for line in (ROOT / "modules/database/main.tf").read_text().splitlines() if "var.password" in line]
    assert all(re.match(r" *(password_wo|secret_string_wo)(_version)? +=", line) for line in uses), uses


def test_engine_tasks_have_an_endpoint_of_every_service_that_their_roles_name() -> None:
    called = set(re.findall(r'"(\w+):\w+"', (ROOT / "modules/identity/engine.tf").read_text()))
    endpoints = set(
        re.findall(r'"([\w.]+)"', block((ROOT / "modules/network/endpoints.tf").read_text(), "endpoints = {"))
    )
    # The registry is two addresses, the rules' data plane has its own, and the key is used by way of the other services.
    assert endpoints == (called - {"ecr"}) | {"ecr.api", "ecr.dkr", "appconfigdata", "kms"}


def test_every_method_checks_its_parameters_and_is_signed() -> None:
    method = block((ROOT / "modules/api/main.tf").read_text(), 'resource "aws_api_gateway_method" "this"')
    assert re.search(r"request_validator_id += aws_api_gateway_request_validator\.parameters\.id", method)
    assert re.search(r'authorization += "AWS_IAM"', method)
