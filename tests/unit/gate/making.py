"""Small runs and scenarios for tests of the gate."""

from harness.results.document import Canary, Outcome, Run, ScenarioResult, Stamp

LINK = "https://docs.aws.amazon.com/sqs/"
SCENARIO = f"@pytest.mark.scenario('small.a', service='sqs', feature='a feature', lane='data plane', aws='{LINK}')"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
STAMP = Stamp(
    "simfra", "http://127.0.0.1:1", "simfra", "1.0", "abc", "a machine", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"
)


def result(name: str, outcome: Outcome = Outcome.PASS, detail: str = "") -> ScenarioResult:
    return ScenarioResult(
        name, "sqs", "a feature", "data plane", LINK, f"test_{name}", outcome, detail, grade="documented"
    )


def a_run(
    *results: ScenarioResult,
    known: dict[str, str] | None = None,
    broke_off: str = "",
    canaries: tuple[Canary, ...] = (),
) -> Run:
    return Run(STAMP, {one.id: one for one in results}, canaries, known or {}, broke_off)
