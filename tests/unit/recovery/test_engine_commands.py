"""The harness knows the engine's commands by name only: that the engine takes what is handed on."""

import argparse

import pytest

from harness.recovery.engine_commands import ENGINE_COMMANDS
from servicing_engine.__main__ import parser

(OF_THE_ENGINE,) = (action.choices for action in parser()._actions if action.dest == "command")


@pytest.mark.parametrize("command", ENGINE_COMMANDS, ids=lambda command: command.name)
def test_a_command_has_the_arguments_that_the_engine_takes(command):
    taken = {(action.option_strings or [action.dest])[-1] for action in OF_THE_ENGINE[command.name]._actions} - {
        "--help"
    }
    assert {*command.arguments, *command.alternatives} == taken


def test_an_argument_that_is_repeated_is_handed_on_as_often():
    (command,) = (each for each in ENGINE_COMMANDS if each.name == "recalculate")
    own = argparse.ArgumentParser()
    command.add_arguments(own)
    given = ["--event", "CA-1", "--event", "CA-2", "--dry-run", "--rates-version", "7"]
    handed_on = [command.name, *command._given(own.parse_args(given))]
    taken = parser().parse_args(handed_on)
    assert (taken.event, taken.dry_run, taken.json, taken.rates_version) == (["CA-1", "CA-2"], True, False, 7)
