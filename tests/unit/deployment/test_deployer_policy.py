"""The deployer may call what the harness, the scenarios and the provider call."""

import re

from harness.embedded.deployer import SERVICES
from harness.embedded.run_folder import CHECKOUT

CALLED = re.compile(r'\bclient\(\s*"([a-z0-9-]+)"|\bservice="([a-z0-9-]+)", create=')
PREFIXES = {"appconfigdata": "appconfig", "dynamodbstreams": "dynamodb"}
"""Services whose actions IAM counts to another's (Service Authorization Reference)."""


def test_the_policy_names_every_service_that_is_called() -> None:
    files = [file for folder in ("harness", "tests", "terraform") for file in (CHECKOUT / folder).rglob("*.py")]
    judged = [file for file in files if not file.is_relative_to(CHECKOUT / "tests" / "unit")]
    called = {name for file in judged for names in CALLED.findall(file.read_text()) for name in names if name}
    assert len(called) > 15
    assert {PREFIXES.get(name, name) for name in called} - set(SERVICES) == set()
