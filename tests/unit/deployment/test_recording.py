"""The record of a deployment, by the errors that end one."""

from pathlib import Path

import pytest

from harness.deployment.recording import CodeError, EngineError, recorded
from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError
from harness.results.deployment import APPLIED, IMPOSSIBLE, REFUSED, Deployment, Refusal
from harness.terraform.driver import TerraformError

KEY = "module.encryption.aws_kms_key.this"
BY_REGISTRYS_PROVIDER = (
    "creating KMS Key: operation error KMS: CreateKey, https response error StatusCode: 400, RequestID: 8d1f,"
    " api error ValidationException: Policy contains\na statement with one or more invalid principals."
)
BY_OURS = (
    "aws_kms_key: create: operation error KMS: CreateKey, https response error StatusCode: 400,"
    " api error ValidationException: no"
)
MODELLED = "operation error Lambda: CreateFunction, https response error StatusCode: 409, RequestID: x, ResourceConflictException: y"
CODE = "error: api: An error occurred (AccessDeniedException) when calling the UpdateFunctionCode operation: no"
ENDINGS = [
    (TerraformError("apply", [(KEY, BY_REGISTRYS_PROVIDER)], 1), REFUSED, Refusal(KEY, "kms:CreateKey", "400 ValidationException: Policy contains a statement with one or more invalid principals.")),
    (TerraformError("apply", [(KEY, "no such file"), (KEY, BY_OURS)], 1), REFUSED, Refusal(KEY, "kms:CreateKey", "400 ValidationException: no")),
    (TerraformError("apply", [(KEY, MODELLED)], 1), REFUSED, Refusal(KEY, "lambda:CreateFunction", "409 ResourceConflictException: y")),
    (TerraformError("apply", [(KEY, "operation error KMS: CreateKey, https response error StatusCode: 0, RequestID: , dial tcp: refused")], 1), IMPOSSIBLE, None),
    (CodeError(CODE), REFUSED, Refusal("deploy_functions.py", "lambda:UpdateFunctionCode", CODE.partition("api: ")[2])),
    (CodeError("error: build/api_handler.zip: No such file"), IMPOSSIBLE, None),
    (HarnessError("the Terraform registry cannot be reached"), IMPOSSIBLE, None),
    (KeyboardInterrupt(), IMPOSSIBLE, None),
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


@pytest.mark.parametrize(
    ("error", "outcome", "refusal"), ENDINGS, ids=[str(one[0])[:40] or "Ctrl-C" for one in ENDINGS]
)
def test_only_an_answer_of_the_target_is_a_refusal(
    run: RunFolder, error: BaseException, outcome: str, refusal: Refusal | None
) -> None:
    with pytest.raises(type(error)), recorded(run):
        raise error
    record = Deployment.read(run)
    assert record
    assert (record.outcome, record.refusal) == (outcome, refusal)
    assert record.reason


def test_without_engine_tasks_the_infrastructure_is_applied_and_the_reason_stands_apart(run: RunFolder) -> None:
    def deploy() -> None:
        with recorded(run) as draft:
            draft.provider, draft.absent = "embedded", {"rds": "it has none"}
            raise EngineError("nothing listens")

    with pytest.raises(EngineError):
        deploy()
    assert Deployment.read(run) == Deployment(APPLIED, "", None, {"rds": "it has none"}, "nothing listens", "embedded")


def test_a_deployment_that_works_replaces_the_record_of_one_that_failed(run: RunFolder) -> None:
    Deployment(IMPOSSIBLE, "before").write(run)
    with recorded(run):
        pass
    assert Deployment.read(run) == Deployment(APPLIED)
