"""Runs tests marked `exclusive` alone, after all others, in the same pytest session.

Under xdist the controller sees test ids only, so each worker notes the exclusive ones in a file that the controller named. The scheduler hands out all other
tests first. Then every worker but one is sent home (a worker runs its last test only when it knows what comes next, or that nothing does), and when they have
finished theirs, the one that stayed gets the exclusive tests. Without xdist: they are sorted to the end.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from xdist.scheduler import LoadScheduling
from xdist.workermanage import WorkerController

_NOTE = "exclusive_note"


class ExclusivePlugin:
    """The hooks: registered by tests/conftest.py in the controller and in every worker."""

    def __init__(self) -> None:
        self.folder: Path | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerController) -> None:
        """Tells a worker where to note the exclusive tests."""
        self.folder = self.folder or Path(tempfile.mkdtemp(prefix="exclusive-tests-"))
        node.workerinput[_NOTE] = str(self.folder / "ids.json")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Sorts exclusive tests to the end and notes their ids."""
        items.sort(key=_is_exclusive)
        if note := getattr(config, "workerinput", {}).get(_NOTE):
            draft = Path(f"{note}.{os.getpid()}")
            draft.write_text(json.dumps([item.nodeid for item in items if _is_exclusive(item)]))
            draft.replace(note)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> LoadScheduling:
        """Our scheduler, for the usual `--dist load`."""
        return ExclusiveLast(config, log, self)

    def exclusive_ids(self) -> frozenset[str]:
        """What the workers noted."""
        return frozenset(json.loads((self.folder / "ids.json").read_text())) if self.folder else frozenset()

    def pytest_unconfigure(self) -> None:
        """Removes the note."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _is_exclusive(item: pytest.Item) -> bool:
    return item.get_closest_marker("exclusive") is not None


class ExclusiveLast(LoadScheduling):
    """Hands out shared tests a few at a time, and the exclusive ones to one worker when all others are done."""

    def __init__(self, config: pytest.Config, log: object, plugin: ExclusivePlugin) -> None:
        super().__init__(config, log)
        self.plugin = plugin
        self.waiting: list[int] = []

    @property
    def tests_finished(self) -> bool:
        return not self.waiting and super().tests_finished

    @property
    def has_pending(self) -> bool:
        return bool(self.waiting) or super().has_pending

    def schedule(self) -> None:
        if self.collection is None:
            if not self._check_nodes_have_same_collection():
                return
            self.collection = next(iter(self.node2collection.values()))
            exclusive = self.plugin.exclusive_ids()
            for index, test in enumerate(self.collection):
                (self.waiting if test in exclusive else self.pending).append(index)
        for node in self.nodes:
            self.check_schedule(node)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        self._release_exclusive()

    def remove_node(self, node: WorkerController) -> str | None:
        crashed = super().remove_node(node)
        self._release_exclusive()
        return crashed

    def check_schedule(self, node: WorkerController, duration: float = 0) -> None:
        if node.shutting_down:
            return
        if self.pending and len(self.node2pending[node]) < 2:
            self._send_tests(node, 2)
        if not self.pending and (not self.waiting or self._others(node, working=False)):
            node.shutdown()
        self._release_exclusive()

    def _release_exclusive(self) -> None:
        for node in self.nodes:
            free = not node.shutting_down and not self.pending
            if self.waiting and free and not self._others(node, working=False) and not self._others(node, working=True):
                self.node2pending[node].extend(self.waiting)
                node.send_runtest_some(self.waiting)
                self.waiting = []
                node.shutdown()

    def _others(self, node: WorkerController, working: bool) -> list[WorkerController]:
        """Other workers that still have tests (`working`), or that can still be given some."""
        others = [other for other in self.nodes if other is not node]
        return [other for other in others if (self.node2pending[other] if working else not other.shutting_down)]
