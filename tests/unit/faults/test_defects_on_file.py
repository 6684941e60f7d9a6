"""Defects on file: ours are valid and cover every service; a wrong file is refused in one line."""

from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.faults.defects import defects_of

SERVICES = {
    "kinesis", "lambda", "dynamodb", "sqs", "ecs", "rds", "s3", "events", "sns", "appconfig", "apigateway", "kms", "iam",
    "secretsmanager", "ecr", "codecommit", "codebuild", "codedeploy", "codepipeline",
}  # fmt: skip
"""The seed's 19."""

GOOD = "{id: sqs.lost, suffers: a message, rule: {operations: [SendMessage], change: {kind: ignore}}}"


def test_there_are_at_least_80_defects_and_every_service_has_some() -> None:
    defects = defects_of()
    assert sum(one.visible for one in defects) >= 80
    assert {one.service for one in defects} >= SERVICES


def _file(folder: Path, content: str) -> Path:
    file = folder / "theirs.yaml"
    file.write_text(content)
    return file


def test_a_file_of_somebody_elses_is_read(tmp_path: Path) -> None:
    [defect] = defects_of([_file(tmp_path, f"service: sqs\ndefects: [{GOOD}]")])
    assert (defect.id, defect.service, defect.visible) == ("sqs.lost", "sqs", True)
    assert defect.rules[0].operations == ("SendMessage",)


def _instead(old: str, new: str) -> str:
    return f"service: sqs\ndefects: [{GOOD.replace(old, new)}]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("defects: [}", r"theirs\.yaml: not YAML"),
        ("service: sqs", r"'defects' is a required property"),
        (f"service: sqz\ndefects: [{GOOD}]", r"there is no service 'sqz'"),
        (_instead("SendMessage", "SendMassage"), r"sqs has no operation 'SendMassage'"),
        (f"service: sqs\ndefects: [{GOOD}, {GOOD}]", r"sqs\.lost: there are two of this id"),
        (_instead("ignore", "explode"), r"change\.kind is 'explode': one of add, allow"),
        (_instead("kind: ignore", "kind: delay"), r"sqs\.lost: change: 'seconds' is a required property"),
        (_instead("kind: ignore", "kind: hang, seconds: 9000"), r"9000 is greater than the maximum"),
        (_instead("kind: ignore", "kind: ignore, seconds: 1"), r"sqs\.lost: .*'seconds'"),
        (_instead("change:", "when: {path: '('}, change:"), r"'\(' is no regular expression"),
        (_instead("change:", "when: {status: 404}, change:"), r"ignore comes before the answer"),
        (_instead("change:", "when: {same: '(a)'}, change:"), r"'since' is a dependency of 'same'"),
        (_instead("change:", "when: {since: SendMessage, same: 'a'}, change:"), r"one group is wanted"),
        (_instead("change:", "when: {since: SendMassage}, change:"), r"sqs has no operation 'SendMassage'"),
        (
            _instead("rule: {operations: [SendMessage]", "rule: {service: '*', when: {since: A}"),
            r"A is an operation of which",
        ),
        (_instead("rule:", "visible: false, rule:"), r"`because` go together"),
        ("service: sqs\ndefects: [{id: sqs.lost, suffers: a message}]", r"give either rule or rules"),
        ("service: sqs\ndefects: [{id: sqs.lost, suffering: a, suffers: b, rule: {}}]", r"'suffering' was unexpected"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(HarnessError, match=said) as refused:
        defects_of([_file(tmp_path, content)])
    assert "\n" not in str(refused.value)
    assert refused.value.exit_status == 3


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"missing\.yaml: No such file"):
        defects_of([tmp_path / "missing.yaml"])
