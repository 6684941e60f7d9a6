"""Which worker runs what: tests that use the deployed system follow each other on one, those marked `exclusive` last; all others run beside them.

So what changes the system for all (its tasks, its rules, its resources) never meets another test of it, and nobody waits for it: the conformance scenarios have
resources of their own. Under xdist the controller sees test ids only, so each worker notes those of the system in a file that the controller named.
"""

import json
import os
import shutil
import tempfile
from functools import cached_property
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

_NOTE = "tests_of_the_system"


class SchedulingPlugin:
    """The hooks: registered by tests/conftest.py in the controller and in every worker."""

    def __init__(self) -> None:
        self.folder: Path | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Tells a worker where to note the tests of the system."""
        self.folder = self.folder or Path(tempfile.mkdtemp(prefix="tests-of-the-system-"))
        node.workerinput[_NOTE] = str(self.folder / "ids.json")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Sorts exclusive tests to the end and notes the ids of all that use the system."""
        items.sort(key=lambda item: item.get_closest_marker("exclusive") is not None)
        if note := getattr(config, "workerinput", {}).get(_NOTE):
            draft = Path(f"{note}.{os.getpid()}")
            draft.write_text(
                json.dumps([item.nodeid for item in items if "system" in getattr(item, "fixturenames", ())])
            )
            draft.replace(note)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> LoadScopeScheduling:
        """Our scheduler, for the usual `--dist load`."""
        return OneWorkerForTheSystem(config, log, self)

    @cached_property
    def of_the_system(self) -> frozenset[str]:
        """What the workers noted; to be read when they have collected."""
        return frozenset(json.loads((self.folder / "ids.json").read_text())) if self.folder else frozenset()

    def pytest_unconfigure(self) -> None:
        """Removes the note."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class OneWorkerForTheSystem(LoadScopeScheduling):
    """xdist's scheduler for groups of tests, with one group: the tests of the system. Every other test is a group of its own."""

    def __init__(self, config: pytest.Config, log: object, plugin: SchedulingPlugin) -> None:
        super().__init__(config, log)
        self.plugin = plugin

    def _split_scope(self, nodeid: str) -> str:
        return "the system" if nodeid in self.plugin.of_the_system else nodeid

    def remove_node(self, node: WorkerController) -> str | None:
        """Returns the test that crashed the worker, if one did. xdist's own would hand that out again, and what was complete, for which no worker ever answers."""
        crashed = next((test for unit in self.assigned_work[node].values() for test in unit if not unit[test]), None)
        if crashed:
            self.assigned_work[node][self._split_scope(crashed)][crashed] = True
        units = self.assigned_work[node].items()
        self.assigned_work[node] = {name: unit for name, unit in units if not all(unit.values())}
        super().remove_node(node)
        return crashed
