"""What the harness says when it cannot go on."""


class HarnessError(Exception):
    """One line for people: what is wrong, where, and the remedy. The command line prints it without a traceback.

    `exit_status` is what `python -m harness` ends with (contracts.md, "Commands").
    """

    def __init__(self, message: str, exit_status: int = 2) -> None:
        super().__init__(message)
        self.exit_status = exit_status


class UnsupportedError(HarnessError):
    """The target cannot be asked this: the scenario is unsupported there, with this text as its reason."""
