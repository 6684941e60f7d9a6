"""Which provider Terraform gets: the caller's choice, else the one that made the state, else the entry's, which alone may give way."""

import json
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness.deployment.infrastructure import _initialised_from_registry
from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError
from harness.results.deployment import APPLIED, Deployment
from harness.targets.registry import load
from harness.terraform.driver import RegistryUnreachableError


@dataclass
class Registry:
    """Stands for the driver: its registry answers, or not."""

    answers: bool
    asked: int = 0

    def init(self) -> None:
        self.asked += 1
        if not self.answers:
            raise RegistryUnreachableError("could not connect")


@pytest.mark.parametrize(
    ("given", "made_by", "entry", "answers", "expected"),
    [
        ("", "", "registry", True, "registry"),
        ("", "", "registry", False, "gives way"),
        ("", "", "embedded", True, "embedded"),
        ("embedded", "", "registry", True, "embedded"),
        ("registry", "", "embedded", True, "registry"),
        ("registry", "", "registry", False, "PROVIDER=registry, and: could not connect"),
        ("", "embedded", "registry", True, "embedded"),
        ("", "registry", "registry", False, "the registry's provider made what is applied"),
        ("embedded", "registry", "registry", False, "embedded"),
        ("other", "", "registry", True, "PROVIDER is 'other': give one of embedded, registry"),
    ],
)
def test_only_the_entrys_wish_for_the_registry_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, made_by: str, entry: str, answers: bool, expected: str
) -> None:
    monkeypatch.setenv("PROVIDER", given)
    run, target = RunFolder(tmp_path), replace(load()["custom"], provider=entry)
    if made_by:
        Deployment(APPLIED, provider=made_by).write(run)
        run.terraform_state.write_text(json.dumps({"resources": [{}]}))
    registry: Any = Registry(answers)
    refused = " " in expected and expected != "gives way"
    with pytest.raises(HarnessError, match=expected) if refused else nullcontext():
        from_registry, note = _initialised_from_registry(target, run, registry)
        assert (from_registry, bool(note)) == (expected == "registry", expected == "gives way")
        assert registry.asked == (expected in ("registry", "gives way"))
