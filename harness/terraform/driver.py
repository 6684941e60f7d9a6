"""Runs Terraform on a root: python-terraform writes the command lines, we run them.

python-terraform's own runner is not used: it inherits our whole environment, cannot stream, and leaves Terraform behind on Ctrl-C.
"""

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged, Terraform

from harness.failure import HarnessError
from harness.interruption import interruption

LOCK_TIMEOUT = "30s"  # of the state: a Terraform whose harness was killed may still hold it
CHANGES = 2  # plan -detailed-exitcode: there are changes
NO_PROVIDER = re.compile(r"Failed to (query available provider packages|install provider)")
Line = dict[str, Any]


class RegistryUnreachableError(HarnessError):
    """Terraform found no provider: its registry does not answer, or not with what is wanted."""


class TerraformError(HarnessError):
    """A command that failed. `diagnostics`: (resource address or file, text) of each error, in order."""

    def __init__(self, command: str, diagnostics: Sequence[tuple[str, str]], status: int) -> None:
        said = dict.fromkeys(f"{where}: {text}" if where else text for where, text in diagnostics)
        super().__init__(f"terraform {command}: {'; '.join(said) or f'exit status {status}'}")
        self.diagnostics = tuple(diagnostics)


@dataclass(frozen=True)
class Driver:
    """Terraform on `root`, with everything that it keeps (data directory, CLI configuration, state) in `folder`.

    `environment`: all that Terraform gets, credentials and endpoints included. `variables`, `variable_files`: of plan, apply, destroy.
    """

    executable: Path
    root: Path
    folder: Path
    state: Path
    environment: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, Any] = field(default_factory=dict)
    variable_files: tuple[Path, ...] = ()

    def init(self) -> None:
        """Prepare the data directory; quick when nothing changed. Raises RegistryUnreachableError; HarnessError for the rest."""
        options = {"backend_config": {"path": str(self.state)}, "reconfigure": IsFlagged, "input": False}
        run = self.run("init", **options)
        if run.returncode:
            kind = RegistryUnreachableError if NO_PROVIDER.search(run.stderr + run.stdout) else HarnessError
            raise kind(f"terraform init: {_last_words(run)}")

    def validate(self) -> list[Line]:
        """The diagnostics of validate."""
        diagnostics: list[Line] = json.loads(self.run("validate", json=IsFlagged).stdout)["diagnostics"]
        return diagnostics

    def plan(self, see: Callable[[Line], None], out: Path | None = None) -> bool:
        """Whether there are changes; `out`: where to save the plan. `see` gets each message of Terraform's machine-readable output.

        Raises TerraformError.
        """
        saved = {"out": str(out)} if out else {}
        return self._stream(see, "plan", (0, CHANGES), **self._given(), detailed_exitcode=IsFlagged, **saved) == CHANGES

    def apply(self, see: Callable[[Line], None], targets: Sequence[str] = ()) -> None:
        """Plan and apply without asking. With `targets`, addresses of resources or modules, only these and what they depend on.

        Raises TerraformError.
        """
        self._stream(see, "apply", (0,), **self._given(), auto_approve=IsFlagged, target=list(targets))

    def destroy(self, see: Callable[[Line], None]) -> None:
        """Destroys everything in the state without asking."""
        self._stream(see, "destroy", (0,), **self._given(), auto_approve=IsFlagged)

    def run(self, command: str, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
        """One command, its output captured. Options in python-terraform's form."""
        with self._command(command, *arguments, no_color=IsFlagged, **options) as line:
            return subprocess.run(
                line, cwd=self.root, env=self._environment(), capture_output=True, text=True, check=False
            )

    def _given(self) -> dict[str, Any]:
        return {
            "input": False,
            "lock_timeout": LOCK_TIMEOUT,
            "var": dict(self.variables) or None,
            "var_file": [str(file) for file in self.variable_files],
        }

    def _stream(
        self, see: Callable[[Line], None], command: str, good: tuple[int, ...], *arguments: str, **options: Any
    ) -> int:
        """Run a command with -json and return its exit status. Raises KeyboardInterrupt once Terraform has ended in good order."""
        errors: list[tuple[str, str]] = []
        with (
            self._command(command, *arguments, json=IsFlagged, **options) as line,
            interruption() as interrupted,
            subprocess.Popen(
                line, cwd=self.root, env=self._environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, start_new_session=True,
            ) as process,
        ):  # fmt: skip
            interrupted.hand_to(process)
            assert process.stdout is not None
            try:
                for text in process.stdout:
                    message = _message(text)
                    if message.get("@level") == "error":
                        errors.append(_diagnostic(message))
                    see(message)
            except BaseException:
                process.send_signal(signal.SIGINT)
                raise
            finally:
                process.stdout.read()  # to its end: Terraform dies of a closed pipe before it has saved its state
        if (status := process.returncode) not in good:
            raise TerraformError(command, errors, status)
        return status

    @contextmanager
    def _command(self, command: str, *arguments: str, **options: Any) -> Iterator[list[str]]:
        """The command line, while the variables file that python-terraform makes for it is there."""
        # Not the root as its folder: it would read a state there, also one that Terraform is just writing.
        terraform = Terraform(working_dir=str(self.folder), terraform_bin_path=str(self.executable))
        line = terraform.generate_cmd_string(command, *arguments, **options)
        try:
            yield line
        finally:
            terraform.temp_var_files.clean_up()

    def _environment(self) -> dict[str, str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "terraform.rc"  # our own: the caller's may name mirrors that do not exist
        configuration.touch()
        own = {
            "TF_DATA_DIR": str(self.folder / "data"),
            "TF_CLI_CONFIG_FILE": str(configuration),
            "CHECKPOINT_DISABLE": "1",
        }
        return {**self.environment, **own, "TF_IN_AUTOMATION": "1"}


def _message(text: str) -> Line:
    try:
        line = json.loads(text)
    except ValueError:
        line = None
    return (
        line if isinstance(line, dict) else {"@level": "error" if "rror" in text else "info", "@message": text.strip()}
    )


def _diagnostic(message: Line) -> tuple[str, str]:
    said = message.get("diagnostic", {})
    where = said.get("address") or said.get("range", {}).get("filename", "")
    text = f"{said.get('summary', message.get('@message', ''))} {said.get('detail', '')}"
    return where, " ".join(text.split())  # an answer may be a page


def _last_words(run: "subprocess.CompletedProcess[str]") -> str:
    lines = [line.strip(" │╷╵") for line in (run.stderr or run.stdout).splitlines()]
    return " ".join(filter(None, lines))[-600:] or f"exit status {run.returncode}"
