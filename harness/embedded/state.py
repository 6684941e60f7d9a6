"""The state file of the embedded target: enough for any command to use it, and for `down` to leave nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.embedded.clients import Credentials
from harness.embedded.ministack import REGION
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder, read_json, write_json

SUPERVISOR = "supervisor"
POSTGRES = "postgres"
STARTING, READY, LOST, FAILED = "STARTING", "READY", "LOST", "FAILED"
CODE_SERVICES = ("codecommit", "codedeploy", "codepipeline")


@dataclass(frozen=True)
class FaultPort:
    """Where rules are planted in the fault layer, and the token to show."""

    port: int
    token: str = field(repr=False)


@dataclass(frozen=True)
class TargetState:
    """One instance of the embedded target. `ports` by process name, `detail` says why it is LOST or FAILED.

    `inner_ports`: where emulators and PostgreSQL themselves listen, when `fault_layer` stands at their ports. `cluster`: PostgreSQL's,
    as its `to_json` gives it.
    """

    status: str
    processes: Mapping[str, ProcessRecord] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    deployer: Credentials | None = None
    temporary_folder: Path | None = None
    detail: str = ""
    inner_ports: Mapping[str, int] = field(default_factory=dict)
    fault_layer: FaultPort | None = None
    cluster: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, run: RunFolder) -> "TargetState | None":
        """The state that was written last; None where nothing was started."""
        content = read_json(run.state_file)
        if not content:
            return None
        key = content.get("deployer")
        folder = content.get("temporary_folder")
        faults = content.get("fault_layer")
        return cls(
            status=content["status"],
            processes={name: ProcessRecord.from_json(process) for name, process in content["processes"].items()},
            ports=content["ports"],
            deployer=Credentials(key["access_key_id"], key["secret_access_key"]) if key else None,
            temporary_folder=Path(folder) if folder else None,
            detail=content["detail"],
            inner_ports=content.get("inner_ports", {}),
            fault_layer=FaultPort(**faults) if faults else None,
            cluster=content.get("cluster", {}),
        )

    def write(self, run: RunFolder) -> None:
        """Writes it (mode 0600: it holds the deployer's key)."""
        write_json(run.state_file, self.to_json())

    def to_json(self) -> dict[str, Any]:
        """The file's content."""
        key, faults = self.deployer, self.fault_layer
        return {
            "status": self.status,
            "processes": {name: process.to_json() for name, process in self.processes.items()},
            "ports": dict(self.ports),
            "deployer": {"access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key}
            if key
            else None,
            "temporary_folder": str(self.temporary_folder) if self.temporary_folder else None,
            "detail": self.detail,
            "inner_ports": dict(self.inner_ports),
            "fault_layer": {"port": faults.port, "token": faults.token} if faults else None,
            "cluster": dict(self.cluster),
        }

    def with_process(self, name: str, record: ProcessRecord) -> "TargetState":
        """The same with one more process."""
        return replace(self, processes={**self.processes, name: record})

    def running(self) -> bool:
        """Whether it is ready and each of its processes is still the one that was started."""
        return self.status == READY and all(record.alive() for record in self.processes.values())

    def unattended(self) -> bool:
        """Return True if only the supervisor of an instance that was ready is gone, or PostgreSQL, whose data is kept, with it."""
        others = [record for name, record in self.processes.items() if name not in (SUPERVISOR, POSTGRES)]
        ended = SUPERVISOR in self.processes and not self.processes[SUPERVISOR].alive()
        known = self.deployer is not None and bool(self.cluster) and self.status in (STARTING, READY)
        return ended and known and all(record.alive() for record in others)

    def starting(self) -> bool:
        """Return True if a supervisor is bringing it up."""
        return self.status == STARTING and self.processes[SUPERVISOR].alive()

    @property
    def endpoint(self) -> str:
        """MiniStack's URL; with a fault layer, that before it."""
        return f"http://127.0.0.1:{self.ports['ministack']}"

    @property
    def inner_endpoint(self) -> str:
        """MiniStack's own URL, whatever stands before it."""
        return f"http://127.0.0.1:{self.inner_ports.get('ministack', self.ports['ministack'])}"

    def endpoint_variables(self) -> dict[str, str]:
        """AWS_ENDPOINT_URL, and AWS_ENDPOINT_URL_<SERVICE> for what Moto serves."""
        return {"AWS_ENDPOINT_URL": self.endpoint, **self.companion_variables(CODE_SERVICES)}

    def companion_variables(self, services: Iterable[str]) -> dict[str, str]:
        """Return AWS_ENDPOINT_URL_<SERVICE> for those services that the companion beside an emulator answers for."""
        moto = f"http://127.0.0.1:{self.ports['code_services']}"
        return {f"AWS_ENDPOINT_URL_{service.upper()}": moto for service in services}

    def aws_variables(self) -> dict[str, str]:
        """All that a client of ours needs: endpoints, region and the deployer's key."""
        key = self.deployer.variables() if self.deployer else {}
        return {**self.endpoint_variables(), **key, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
