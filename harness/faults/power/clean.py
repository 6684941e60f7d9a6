"""The clean result that trials are compared with: of the same instance, without defects."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.aws_clients import AwsClients
from harness.failure import HarnessError
from harness.gate.command import JUDGING, TESTS, Judging
from harness.gate.files import GateFiles, write_document
from harness.gate.results import Run, read_run
from harness.gate.session import Asked
from harness.system import clients_brought_up, system_brought_up
from harness.targets.deployability import cannot_deploy
from harness.targets.identity import identity
from harness.targets.registry import choose


@dataclass(frozen=True)
class Judged:
    """A target that is up, with the system on it unless `no_system` says why not."""

    clients: AwsClients
    emulator: tuple[str, str]
    no_system: str

    @classmethod
    def brought_up(cls, name: str) -> "Judged":
        """The target called `name`. Raises HarnessError."""
        target = choose(name)
        no_system = cannot_deploy(target)
        clients = clients_brought_up(name) if no_system else system_brought_up(name)
        return cls(clients, identity(target, clients.environment), no_system)

    def clean(self, folder: Path, named: Path | None, since: datetime | None) -> Run:
        """The document that was named; else the one kept in `folder` if it is of this instance (made after `since`); else a new one.

        Raises HarnessError where it breaks off.
        """
        if named:
            return read_run(named)
        kept, endpoint = folder / "clean.json", self.clients.endpoint("sts")
        if kept.exists():
            found = read_run(kept)
            begun = datetime.fromisoformat(found.stamp.started_at)
            if since and begun >= since and found.stamp.endpoint == endpoint:
                return found
        asked = Asked(self.clients.target, endpoint, [TESTS / name for name in JUDGING])
        found = Judging(self.clients, GateFiles(folder), self.emulator, self.no_system).run(asked)
        if found.broke_off:
            raise HarnessError(f"the clean run broke off: {found.broke_off}")
        write_document(kept, found.as_json())
        return found
