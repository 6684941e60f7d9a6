import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "calculate" / "dividend.json"


def calculate(*arguments, stdin=""):
    command = [sys.executable, "-m", "servicing_engine", "calculate", *arguments]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False, timeout=60)


def test_the_readmes_example_gives_its_figures():
    done = calculate(str(EXAMPLE))
    rows = json.loads(done.stdout)["entitlements"]
    assert (done.returncode, [row["net_amount"] for row in rows]) == (0, ["212.50", "230.11"])


def test_a_document_comes_from_standard_input_too():
    assert json.loads(calculate("-", stdin=EXAMPLE.read_text()).stdout)["rejected"] == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        ("{", "not JSON: Expecting property name enclosed in double quotes: line 1"),
        ("[]", "one JSON object"),
        ('{"as_of": "today"}', "as_of: 'today' is not a date"),
        ("[" * 100_000, "recursion"),
        ('{"lots": ' + "9" * 5000 + "}", "the text is not JSON: Exceeds the limit"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_clear_line(tmp_path, content, says):
    path = tmp_path / "document.json"
    if content is not None:
        path.write_text(content)
    done = calculate(str(path))
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert says in done.stderr


def test_calculate_loads_neither_aws_nor_a_database():
    check = "import sys; from servicing_engine.__main__ import main; main(['calculate', sys.argv[1]]); print({'boto3', 'psycopg2'} & set(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", check, str(EXAMPLE)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "set()"
