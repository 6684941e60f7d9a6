"""Each planted bug can still be planted, and the simulation finds some of them at once."""

import pytest
import yaml

from tests.simulation import planted

BUGS = {bug["id"]: bug for bug in yaml.safe_load(planted.FILE.read_text())}


@pytest.mark.parametrize("bug_id", BUGS)
def test_what_a_bug_replaces_stands_once_in_its_file_and_the_bug_can_be_read(bug_id):
    for file, text in planted.planted(planted.CHECKOUT, BUGS[bug_id]).items():
        compile(text, file, "exec")


def test_a_bug_whose_text_is_gone_is_refused_by_name(tmp_path):
    (tmp_path / "here.py").write_text("")
    with pytest.raises(ValueError, match=r"gone: here\.py has the text 0 times"):
        planted.planted(tmp_path, {"id": "gone", "file": "here.py", "before": "there", "after": "not"})
