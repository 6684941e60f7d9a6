"""The runbook has an entry for each alarm of Terraform, each with its five lines, and the commands in them exist."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
RUNBOOK = (CHECKOUT / "docs/runbook.md").read_text()
ENTRIES = dict(part.split("\n", 1) for part in RUNBOOK.split("\n## ")[1:])


def test_each_alarm_has_an_entry_and_each_entry_an_alarm() -> None:
    module = (CHECKOUT / "terraform/modules/monitoring/main.tf").read_text()
    alarms = module[module.index("possible_alarms = {") : module.index("of_engine")]
    assert list(ENTRIES) == re.findall(r"^    ([a-z-]+) = \{$", alarms, re.M)


def test_an_entry_says_what_it_means_where_to_look_what_to_do_when_it_is_over_and_whether_it_was_followed() -> None:
    lines = [
        r"- Means: ",
        r"- Look(:| and do:) ",
        r"- Do: |^- Look and do: ",
        r"- Over: ",
        r"- (Followed: |Not followed)",
    ]
    wanting = {
        name: [line for line in lines if not re.search(f"^{line}", entry, re.M)] for name, entry in ENTRIES.items()
    }
    assert {name: missing for name, missing in wanting.items() if missing} == {}


def test_what_it_tells_to_make_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make (?:-s )?([a-z-]+)", RUNBOOK)) <= targets
