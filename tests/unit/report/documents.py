"""Result documents that hold everything a report may meet: all outcomes, long and hostile texts, 400 scenarios."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.gate.verdict import judge
from harness.results.document import Canary, Exchange, Outcome, Run, ScenarioResult, Stamp
from harness.results.verdict import Change, Judgement, Verdict
from harness.scenarios.scenario import Lane

SERVICES = {
    "kinesis": "PutRecord",
    "lambda": "Invoke",
    "ecs": "RunTask",
    "ecr": "DescribeRepositories",
    "dynamodb": "PutItem",
    "rds": "DescribeDBInstances",
    "s3": "PutObject",
    "sqs": "SendMessage",
    "events": "PutEvents",
    "sns": "Publish",
    "appconfigdata": "GetLatestConfiguration",
    "apigateway": "GetRestApi",
    "kms": "Encrypt",
    "iam": "GetRole",
    "secretsmanager": "GetSecretValue",
    "codecommit": "GetRepository",
    "codebuild": "StartBuild",
    "codedeploy": "CreateDeployment",
    "codepipeline": "GetPipelineState",
}
FEATURES = (
    "conditional writes", "redrive", "event source mapping", "tagging", "pagination", "error shapes", "encryption",
)  # fmt: skip
SECRET = "hunter2-SECRET-0xC0FFEE"
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "'\"><svg onload=alert(1)>",
    "</pre></details></style></title><h1>owned</h1>",
    "{{ 7 * 7 }} {% raw %} {# gone #}",
    "``` \n# owned\n</details>\n@everyone #1 | a | b |\n````",
    "nul \x00 bell \x07 escape \x1b[31m lone \ud800 last \uffff",
    "right to left \u202e override, ]]> -->",
    "javascript:alert(1)",
    "x" * 3000,
)
WORDS = (
    "answered 200 where AWS answers ConditionalCheckFailedException",
    "the message was received again 3 s after it had been deleted",
    "ResourceNotFoundException has no field message",
    "NextToken repeats the first page",
)


def stamp(target: str = "ministack", version: str = "1.5.34-rc1", day: int = 24) -> Stamp:
    return Stamp(
        target=target,
        endpoint="http://127.0.0.1:4566",
        emulator=target.title(),
        emulator_version=version,
        commit="9d8d374f0c3be7a1d2e94cb0a6f7788990011223",
        machine="linux x86_64, 2 cores, 23 GiB",
        started_at=f"2026-11-{day}T09:30:00Z",
        finished_at=f"2026-11-{day}T09:35:12Z",
    )


def exchange(service: str, body: str = "", status: int | None = 400, decided: bool = True) -> Exchange:
    operation = SERVICES.get(service, "Describe")
    return Exchange(
        service=service,
        operation=operation,
        method="POST",
        url=f"http://127.0.0.1:4566/?X-Amz-Signature={SECRET}",
        request_headers={"X-Amz-Target": f"{service}.{operation}", "Authorization": f"AWS4-HMAC-SHA256 {SECRET}"},
        request_body=f'{{"Name": "SSE-{service}", "SecretString": "{SECRET}", "Note": "{body}"}}',
        status=status,
        response_headers={} if status is None else {"Content-Type": "application/x-amz-json-1.1", "Set-Cookie": SECRET},
        response_body=f'{{"__type": "ValidationException", "message": "{body or "1 validation error detected"}"}}'
        if status
        else "ReadTimeoutError: Read timeout on endpoint URL",
        seconds="0.0123",
        decided=decided,
    )


def scenario(name: str, outcome: Outcome = Outcome.PASS, **changed: Any) -> ScenarioResult:
    values: dict[str, Any] = {
        "id": name,
        "service": "sqs",
        "feature": "redrive",
        "lane": "data plane",
        "aws": "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
        "test": "tests/conformance/test_sqs.py::test_a_message_moves_after_its_limit",
        "outcome": outcome,
        "detail": "" if outcome is Outcome.PASS else WORDS[len(name) % len(WORDS)],
        "seconds": "0.42",
    }
    return ScenarioResult(**{**values, **changed})


def run_of(*scenarios: ScenarioResult, **changed: Any) -> Run:
    return replace(Run(stamp(), {one.id: one for one in scenarios}), **changed)


def varied_run(count: int = 400, hostile: bool = True, pace: int = 1, **stamped: Any) -> Run:
    """Mostly passes, some of everything else, spread over all services and lanes; `pace`: the dice of the latencies."""
    scenarios = {one.id: one for one in _scenarios(count, random.Random(7), random.Random(pace))}
    if hostile:
        scenarios |= {one.id: one for one in hostile_scenarios()}
    failing = [name for name, one in scenarios.items() if one.outcome is Outcome.FAIL]
    passing = [name for name, one in scenarios.items() if one.outcome is Outcome.PASS]
    return Run(
        stamp=stamp(**stamped),
        scenarios=scenarios,
        canaries=(
            Canary("a principal without a policy is denied", Outcome.PASS),
            Canary("a wrong signature is refused", Outcome.UNSUPPORTED, "signatures are not checked: IAM is off"),
            Canary("nothing is sent to AWS", Outcome.PASS),
        ),
        known={
            **dict.fromkeys(failing[: len(failing) // 2], "the emulator has no aws:SourceAccount, see its issue 1203"),
            **dict.fromkeys(passing[:1], "was wrong in 1.5.30"),
        },
    )


def elsewhere(run: Run, target: str, version: str) -> Run:
    """The same scenarios on another target: some fail, some were not run."""
    scenarios = {}
    for number, (name, one) in enumerate(sorted(run.scenarios.items())):
        if number % 11:
            wrong = number % 7 == 0 and one.outcome is Outcome.PASS
            scenarios[name] = replace(one, outcome=Outcome.FAIL, detail=WORDS[0]) if wrong else one
    return replace(run, stamp=stamp(target, version), scenarios=scenarios)


def hostile_scenarios() -> Iterator[ScenarioResult]:
    for number, text in enumerate(HOSTILE):
        outcome = (Outcome.FAIL, Outcome.INDETERMINATE, Outcome.UNSUPPORTED)[number % 3]
        yield scenario(
            f"hostile.{number}[{text}]",
            outcome,
            service=text if number < 3 else "s3",
            feature=text,
            aws=text,
            test=text,
            detail=f"{text} in a detail",
            touches=(text,),
            exchanges=(replace(exchange("s3", text), operation=text, request_headers={text: text}),),
        )


def _scenarios(count: int, choice: random.Random, pace: random.Random) -> Iterator[ScenarioResult]:
    outcomes = choice.choices(list(Outcome), weights=(86, 5, 6, 3), k=count)
    names = list(SERVICES)
    for number, outcome in enumerate(outcomes):
        service, feature = names[number % len(names)], FEATURES[number % len(FEATURES)]
        lane = list(Lane)[choice.choices(range(5), weights=(3, 5, 2, 1, 1))[0]]
        changed: dict[str, Any] = {"service": service, "feature": feature, "lane": lane.value}
        changed["touches"] = (f"{service}:{SERVICES[service]}",)
        changed["seconds"] = f"{choice.randrange(10, 9000) / 1000:.3f}"
        if outcome is not Outcome.PASS:
            changed["exchanges"] = (exchange(service), exchange(service, status=None))
        if outcome is Outcome.INDETERMINATE:
            changed.update(detail="ReadTimeoutError: no answer in 10 s", attempts=2)
        if lane is Lane.PERFORMANCE:
            changed["latencies"] = _latencies(pace)
        yield scenario(f"{service}.{feature.replace(' ', '-')}.case-{number}", outcome, **changed)


def _latencies(choice: random.Random) -> Mapping[str, str]:
    middle = choice.randrange(4, 900)
    return {
        "p50": f"{middle / 1000}",
        "p95": f"{middle * choice.randrange(11, 30) / 10_000}",
        "p99": f"{middle * choice.randrange(30, 60) / 10_000}",
    }


def judged(
    run: Run, judgement: Judgement = Judgement.REGRESSION, changes: int = 4, reasons: tuple[str, ...] | None = None
) -> Run:
    """The run with a verdict such as the gate's: some that failed passed before, one is gone, others are better or new."""
    failing = sorted(
        name for name, one in run.scenarios.items() if one.outcome is Outcome.FAIL and name not in run.known
    )
    passing = sorted(name for name, one in run.scenarios.items() if one.outcome is Outcome.PASS)
    told = tuple(f"fails (was pass): {name}: {run.scenarios[name].detail}" for name in failing)
    changed = (
        *(Change(name, "pass", "fail") for name in failing[:changes]),
        *(Change(name, "unsupported", "pass") for name in passing[:1]),
        *(Change(name, None, "pass") for name in passing[1:2]),
        Change("sqs.long-gone.case-1", "pass", None),
    )
    counts = {outcome.value: sum(one.outcome is outcome for one in run.scenarios.values()) for outcome in Outcome}
    notes = judge(run, None).notes
    return replace(run, verdict=Verdict(judgement, told if reasons is None else reasons, counts, changed, notes))
