"""What `make mutation` says rests on these: how its sample is drawn, how sure its figure is, and which survivors it lets pass."""

import ast
from pathlib import Path

import pytest

from tests.mutation.sample import stratified, wilson
from tests.mutation.survivors import Change, change_of, explained

CHECKOUT = Path(__file__).parents[3]
MUTANTS = [
    f"domain.{module}.x_f__mutmut_{number}"
    for module, size in (("a", 60), ("b", 30), ("c", 11))
    for number in range(size)
]


def sizes(sample):
    return [sum(f".{module}." in mutant for mutant in sample) for module in "abc"]


def test_each_module_gives_its_part_and_the_largest_remainder_rounds():
    assert sizes(stratified(MUTANTS, 10, seed=1)) == [6, 3, 1]
    assert sizes(stratified(MUTANTS, 50, seed=1)) == [30, 15, 5]
    assert len(set(stratified(MUTANTS, 1000, seed=1))) == len(MUTANTS)


def test_a_seed_draws_the_same_again_and_another_seed_others():
    assert stratified(MUTANTS, 20, seed=1) == stratified(reversed(MUTANTS), 20, seed=1)
    assert stratified(MUTANTS, 20, seed=1) != stratified(MUTANTS, 20, seed=2)


def test_the_interval_is_the_published_one():
    """81 of 263: 0.2553 to 0.3662 (Newcombe, Statistics in Medicine 17, 1998, table I, method 3)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize(
    ("mutant", "function"),
    [("domain.lots.pool.xǁPoolǁadd__mutmut_3", "Pool.add"), ("domain.numbers.money.x_round__mutmut_1", "round")],
)
def test_a_change_is_named_by_its_function_and_text(mutant, function):
    assert change_of(mutant, "domain/f.py", " a < b ", "a <= b\n") == Change("domain/f.py", function, "a < b", "a <= b")


def test_an_entry_without_a_reason_is_refused(tmp_path):
    entry = "- {file: domain/f.py, function: f, before: a, after: b, why: '%s'}\n"
    recorded = tmp_path / "survivors.yaml"
    for text in (entry % "", entry % "same" * 2):
        recorded.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=r"survivors\.yaml"):
            explained(recorded)


def test_every_explained_survivor_is_a_change_of_code_that_is_there():
    for change in explained():
        tree = ast.parse((CHECKOUT / change.file).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert set(change.function.split(".")) <= names, f"{change.function} is gone from {change.file}"
        lines = {line.strip() for line in (CHECKOUT / change.file).read_text(encoding="utf-8").splitlines()}
        assert set(change.before.splitlines()) <= lines, f"{change.file} has no {change.before!r} any more"
