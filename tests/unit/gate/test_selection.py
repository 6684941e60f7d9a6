"""Which scenarios `--only`, `--lane`, `--service` and `--quick` choose, and what is said of a name that none has."""

import argparse
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.gate import selection
from harness.gate.selection import Part, chosen, collected
from harness.scenarios.listing import Listed

SCENARIOS = [
    Listed("kms.keys.tags", "kms", "keys", "control plane", "/t/test_kms.py", False),
    Listed("kms.ciphers.context", "kms", "ciphers", "data plane", "/t/test_kms.py", False),
    Listed("sqs.queues.sizes[a,b]", "sqs", "queues", "data plane", "/t/test_sqs.py", True),
    Listed("sqs.queues.sizes[it's $c d]", "sqs", "queues", "data plane", "/t/test_sqs.py", True),
    Listed("sqs.queues.policy", "sqs", "queues", "security", "/t/test_sqs.py", True),
]
Choose = Callable[..., Part | None]


@pytest.fixture
def choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Choose among SCENARIOS by options as on the command line."""
    monkeypatch.setattr(selection, "collected", lambda *_: SCENARIOS)
    (tmp_path / "quick.json").write_text(json.dumps({"scenarios": [{"id": SCENARIOS[4].id}, {"id": SCENARIOS[1].id}]}))
    monkeypatch.setattr(selection, "QUICK", tmp_path / "quick.json")
    parser = argparse.ArgumentParser()
    parser.set_defaults(target="embedded")
    selection.add_arguments(parser)
    return lambda *words: chosen(parser.parse_args(words), [])


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--only", "kms.ciphers.context"], [1]),
        (["--only", "sqs.queues.sizes"], [2, 3]),
        (["--only", "sqs.queues.sizes[a,b]"], [2]),
        (["--only", "sqs.queues.sizes[it's $c d], kms.keys.tags"], [3, 0]),
        (["--only", "sqs.queues.sizes,sqs.queues.sizes[a,b]"], [2, 3]),
        (["--lane", "data plane"], [1, 2, 3]),
        (["--lane", "data plane,security"], [1, 2, 3, 4]),
        (["--service", "kms"], [0, 1]),
        (["--service", "sqs", "--lane", "security"], [4]),
        (["--quick"], [4, 1]),
        (["--quick", "--service", "kms"], [1]),
    ],
)
def test_options_choose_the_scenarios_that_are_all_of_what_they_name(
    choose: Choose, words: list[str], places: list[int]
) -> None:
    part = choose(*words)
    assert part
    assert part.ids == [SCENARIOS[place].id for place in places]


def test_without_an_option_there_is_no_part(choose: Choose) -> None:
    assert choose() is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "kms.cipher.context"], "there is no scenario 'kms.cipher.context': give kms.ciphers.context"),
        (["--only", "kms.k"], "there is no scenario 'kms.k': give kms.keys.tags"),
        (["--lane", "dataplane"], "there is no lane 'dataplane': give data plane"),
        (["--service", "sqss,kms,x"], "there is no service 'sqss': give sqs; there is no service 'x': give kms or sqs"),
        (["--service", "kms", "--lane", "security"], "--lane security --service kms: no scenario is all of this"),
    ],
)
def test_a_name_that_nothing_has_is_told_with_those_that_are_near(choose: Choose, words: list[str], said: str) -> None:
    with pytest.raises(HarnessError, match=f"^{re.escape(said)}"):
        choose(*words)


def test_a_part_tells_its_files_its_share_and_whether_it_needs_the_system(choose: Choose) -> None:
    own, of_system = choose("--service", "kms"), choose("--quick")
    assert own
    assert of_system
    assert (own.files, own.line) == ([Path("/t/test_kms.py")], "part: 2 of 5 scenarios, 2 of 3 features")
    assert (own.without_system, of_system.without_system) == ("none of the chosen scenarios asks for it", "")


@pytest.mark.parametrize(
    ("suite", "said"),
    [
        ("this is no Python", "1 error in"),
        ("import pytest\n@pytest.mark.scenario('a')\ndef test_a(): pass", "the scenario mark has no service"),
    ],
)
def test_suites_that_cannot_be_collected_are_one_line(tmp_path: Path, suite: str, said: str) -> None:
    (tmp_path / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--target')")
    (tmp_path / "test_small.py").write_text(suite)
    with pytest.raises(HarnessError) as caught:
        collected("embedded", [tmp_path])
    assert str(caught.value).startswith("the scenarios cannot be collected (pytest exit status ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_make_hands_an_id_on_as_it_was_given() -> None:
    name = "sqs.queues.sizes[it's $c d]"
    make = [
        "make",
        "--no-print-directory",
        "-n",
        "-o",
        ".venv/.installed",
        "gate",
        f"ONLY={name}",
        "LANE=data plane",
        "QUICK=1",
    ]
    told = subprocess.run(make, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    words = shlex.split(told.splitlines()[-1])
    assert words[words.index("--only") :] == ["--only", name, "--lane", "data plane", "--quick"]
