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


def test_explain_prints_each_figure_with_its_arithmetic_and_then_its_rule():
    lines = calculate(str(EXAMPLE), "--explain").stdout.splitlines()
    place = next(number for number, line in enumerate(lines) if line.startswith("  net_amount = 212.50: "))
    assert lines[place : place + 2] == ["  net_amount = 212.50: 250.00 - 37.50 - 0.00", "      gross = net + taxes"]
    assert "explanation" not in calculate(str(EXAMPLE)).stdout
    (first, _) = json.loads(calculate(str(EXAMPLE), "--explain", "--json").stdout)["entitlements"]
    assert "250.00 - 37.50 - 0.00" in [step["arithmetic"] for step in first["explanation"]]


def test_a_reader_that_has_seen_enough_ends_it_without_a_traceback():
    command = [sys.executable, "-m", "servicing_engine", "calculate", str(EXAMPLE)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, [line for line in said.splitlines() if not line.startswith("calculate: ")]) == (0, [])


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
    assert done.stderr.splitlines()[-1] == "set()"


RULES = ROOT / "rules"
MESSAGES = ROOT / "examples" / "feeds" / "messages"
ACCOUNT = {
    "safekeeping_account": "ACC-0001",
    "residence": "GB",
    "beneficial_owner": "portfolio_investor",
    "documentation_status": "valid",
    "payment_currency": "USD",
}
POSITIONS = "safekeeping_account,isin,safekeeping_place,as_of_date,settled_quantity,source,sequence\r\n"
POSITION = "ACC-0009,DE0007164600,CLEARSTREAM,2026-05-01,100,CUSTODIAN-A,1\r\n"


def written(folder, **files):
    """Write files named by keyword, `_csv` for `.csv`, and return their paths."""
    paths = []
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        paths.append(str(path))
    return paths


def result_of(*arguments):
    done = calculate(*arguments)
    return done.returncode, json.loads(done.stdout), done.stderr


def document_of(*changes):
    return json.dumps({**json.loads(EXAMPLE.read_text()), **dict(changes)})


@pytest.mark.parametrize(("arguments", "status"), [((), 1), (("--keep-going",), 0)])
def test_a_rejection_is_told_by_the_exit_status_and_the_rest_is_calculated(tmp_path, arguments, status):
    (path,) = written(tmp_path, document_json=document_of(("trades", [{"trade_id": "T"}])))
    returned, result, said = result_of(path, *arguments)
    assert (returned, len(result["entitlements"]), len(result["rejected"])) == (status, 2, 1)
    assert "1 rejected: trade trades.0: " in said


def test_the_parts_of_several_files_add_up(tmp_path):
    document = json.loads(EXAMPLE.read_text())
    whole = calculate(str(EXAMPLE))
    files = {f"{part}_json": {part: content} for part, content in document.items()}
    assert calculate(*written(tmp_path, **files)).stdout == whole.stdout


@pytest.mark.parametrize("suffix", ["fin", "xml"])
def test_messages_are_read_beside_json(tmp_path, suffix):
    names = [str(MESSAGES / f"{name}.{suffix}") for name in ("holdings", "dividend")]
    accounts = written(tmp_path, accounts_json={"accounts": [ACCOUNT]})
    status, result, _ = result_of(*names, *accounts, "--rules", "default")
    figures = [
        [row[name] for name in ("corporate_action_event_id", "eligible_quantity", "gross_amount")]
        for row in result["entitlements"]
    ]
    assert (status, figures) == (0, [["CA-2026-0001", "1000", "250.00"]])


def test_a_message_that_cannot_be_read_is_rejected_by_file_and_field(tmp_path):
    message = (MESSAGES / "dividend.fin").read_text()
    (path,) = written(tmp_path, bad_fin=message.replace(":98A::RDTE//2026", ":98A::RDTE//20X6"))
    status, result, _ = result_of(str(EXAMPLE), path)
    assert (status, len(result["entitlements"])) == (1, 2)
    assert [(row["record"], row["record_id"]) for row in result["rejected"]] == [("message", path)]


def test_a_table_of_positions_counts_as_its_records_do(tmp_path):
    document = json.loads(EXAMPLE.read_text())
    columns = sorted({name for record in document["positions"] for name in record})
    lines = [",".join(columns)] + [
        ",".join(str(record.get(name, "")) for name in columns) for record in document["positions"]
    ]
    rest = {part: content for part, content in document.items() if part != "positions"}
    paths = written(tmp_path, rest_json=rest, positions_csv="\ufeff" + "\r\n".join(lines))
    assert calculate(*paths).stdout == calculate(str(EXAMPLE)).stdout


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "the first line must name the columns"),
        ("safekeeping_account;isin;settled_quantity\n", "separated by commas"),
        (POSITIONS.replace("isin", "source") + POSITION, "the column source is there twice"),
        (POSITIONS + POSITION + "ACC-0009,DE0007164600\n", "line 3 has 2 cells, and the header 7 columns"),
        (POSITIONS + '"ACC', "unexpected end of data"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_clear_line(tmp_path, table, says):
    done = calculate(*written(tmp_path, positions_csv=table))
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    assert says in done.stderr


@pytest.mark.parametrize("arguments", [(), ("document.json", "--rulez", "default")])
def test_wrong_usage_ends_as_a_file_that_cannot_be_used(arguments):
    done = calculate(*arguments)
    assert (done.returncode, done.stdout, "error: " in done.stderr) == (3, "", True)


def test_what_only_one_file_can_say_is_refused_in_a_second(tmp_path):
    done = calculate(*written(tmp_path, one_json={"as_of": "2026-05-01"}, two_json={"as_of": "2026-05-02"}))
    assert (done.returncode, "as_of is in an earlier file too" in done.stderr) == (3, True)


@pytest.mark.parametrize("rules", ["default", str(RULES)])
def test_rules_are_given_where_the_document_has_none(tmp_path, rules):
    document = {part: content for part, content in json.loads(EXAMPLE.read_text()).items() if part != "rules"}
    (path,) = written(tmp_path, document_json=document)
    status, result, _ = result_of(path, "--rules", rules)
    versions = [
        json.loads((RULES / f"{name}.json").read_text())["version"]
        for name in ("withholding_rates", "market_calendars")
    ]
    assert (status, {row["rules_version"] for row in result["entitlements"]}) == (
        0,
        {"withholding_rates:{};market_calendars:{}".format(*versions)},
    )


def test_the_documents_own_rules_stand(tmp_path):
    own = json.loads(EXAMPLE.read_text())["rules"]["withholding_rates"]["version"]
    _, result, _ = result_of(str(EXAMPLE), "--rules", "default")
    assert {row["rules_version"].split(";")[0] for row in result["entitlements"]} == {f"withholding_rates:{own}"}


def test_a_misspelt_rate_of_a_rules_folder_is_rejected_by_its_row_and_field(tmp_path):
    for name in ("withholding_rates", "market_calendars"):
        misspelt = (RULES / f"{name}.json").read_text().replace('"treaty_rate": "15"', '"treaty_rat": "15"', 1)
        (tmp_path / f"{name}.json").write_text(misspelt)
    (path,) = written(tmp_path, document_json={})
    status, result, _ = result_of(path, "--rules", str(tmp_path))
    ((number, entry),) = ((entry["field"].split(".")[3], entry) for entry in result["rejected"])
    rows = json.loads((tmp_path / "withholding_rates.json").read_text())["rates"]
    assert (status, entry["reason"], "treaty_rat" in rows[int(number)]) == (1, "unknown_field", True)
    assert entry["field"] == f"rules.withholding_rates.rates.{number}.treaty_rat"
    assert entry["detail"] == "unknown field, did you mean treaty_rate?"


def test_a_folder_without_rules_is_one_clear_line(tmp_path):
    (path,) = written(tmp_path, document_json={})
    done = calculate(path, "--rules", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n"), "withholding_rates.json: No such file" in done.stderr) == (
        3,
        1,
        True,
    )
