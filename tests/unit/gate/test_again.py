"""The command beside a failure runs that scenario again, in a shell and through make."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from harness.results.again import again
from tests.unit.gate.making import STAMP


def test_the_command_names_target_and_scenario_and_the_endpoint_of_a_custom_target() -> None:
    assert again(STAMP, "sqs.a.b") == "make gate TARGET=simfra ONLY=sqs.a.b"
    custom = replace(STAMP, target="custom", endpoint="http://127.0.0.1:4566")
    assert again(custom, "sqs.a.b") == "make gate TARGET=custom ENDPOINT=http://127.0.0.1:4566 ONLY=sqs.a.b"


@pytest.mark.parametrize("name", ["sqs.a[x]", "sqs.a[two words]", "s3.a[it's $HOME; `id`]"])
def test_an_id_arrives_as_it_is_whatever_a_parameter_holds(tmp_path: Path, name: str) -> None:
    (tmp_path / "Makefile").write_text('export ONLY\ngate:\n\t@printf %s "$$ONLY"\n')
    caller = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE")
    }  # as where make runs the tests
    command = ["sh", "-c", again(STAMP, name)]
    told = subprocess.run(command, cwd=tmp_path, env=caller, capture_output=True, text=True, check=True)
    assert told.stdout == name
