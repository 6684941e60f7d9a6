"""Every version of an ISO 20022 message that we write: valid against the structure published for it, and read back alike."""

from dataclasses import replace

import pytest

from domain.messages import (
    INSTRUCTIONS,
    KINDS,
    STATEMENTS,
    STATUSES,
    VERSIONS,
    UnwritableMessageError,
    write_holdings,
    write_instruction,
    write_message,
    write_status,
)
from domain.messages.writing.table import place_in
from tests.unit.domain.messages.examples import facts
from tests.unit.domain.messages.published import STRUCTURES, _types, faults, of_versions
from tests.unit.domain.messages.test_written_records import DAY, ENVELOPE, LATE, choice, election, position
from tests.unit.domain.messages.test_written_texts import CASES, POSTED

EACH = [(kind, version) for kind, versions in VERSIONS.items() for version in versions]
HELD = [
    position(settled_quantity="100", on_loan_quantity="5", pending_receipt_quantity="2"),
    position(place="the vault", settled_quantity="-1"),
]


def texts(kind, version):
    """Texts of a message in a version, 0 for the one that we write by default."""
    envelope = replace(ENVELOPE, version=version)
    if kind in INSTRUCTIONS:
        return [write_instruction(kind, election(), choice(), envelope)]
    if kind in STATUSES:
        return [write_status(kind, election(), choice(), refused, envelope) for refused in (None, LATE)]
    if kind in STATEMENTS:
        return [write_holdings(kind, "ACC-1", DAY, HELD, envelope)]
    return [write_message(kind, *case, replace(POSTED, version=version)) for case in CASES.values()]


@pytest.mark.parametrize(("kind", "version"), EACH)
def test_each_version_is_valid_against_the_structure_published_for_it(kind, version):
    for text in texts(kind, version):
        assert f"xsd:{kind}.001.{version:02}" in text
        assert faults(text) == []


@pytest.mark.parametrize(
    ("kind", "version"),
    [each for each in EACH if each[0] in ("seev.033", "seev.034", "seev.036", "seev.037", "semt.002")],
)
def test_each_version_reads_as_the_same_records(kind, version):
    read = [facts(text.encode()) for text in texts(kind, version)]
    assert read == [facts(text.encode()) for text in texts(kind, 0)]


@pytest.mark.parametrize("kind", VERSIONS)
def test_a_version_that_we_do_not_write_is_refused(kind):
    for version in (VERSIONS[kind][0] - 1, VERSIONS[kind][-1] + 1):
        with pytest.raises(UnwritableMessageError) as refused:
            texts(kind, version)
        assert refused.value.field == "version"
        assert f"{VERSIONS[kind][0]} to {VERSIONS[kind][-1]}, not {version}" in refused.value.detail


def test_a_message_of_iso_15022_has_no_version():
    with pytest.raises(UnwritableMessageError, match="version: MT566 is written in version none, not 3"):
        write_message("MT566", *CASES["little"], replace(POSTED, version=3))
    assert "MT566" in KINDS


@pytest.mark.parametrize(
    ("places", "version", "place"),
    [
        ("-13: A | B", 13, "A"),
        ("-13: A | B", 14, "B"),
        ("16-: A | B", 16, "A"),
        ("16-: A | B", 15, "B"),
        ("14: A | B", 14, "A"),
        ("14: A | B", 15, "B"),
        ("14: A | B", 13, "B"),
        ("4-6: A | B", 6, "A"),
        ("4-6: A | B", 7, "B"),
        ("15-: A", 14, ""),
        ("", 14, ""),
    ],
)
def test_a_place_may_be_of_some_versions_alone(places, version, place):
    assert place_in(places, version) == place


def names(types, root, written):
    """(path, must be there, several, codes) of each element below a type that is written, in order."""
    for child in types[root]:
        yield (
            child["name"],
            child.get("needed", False) and child.get("kind") != "bool",
            "most" in child,
            child.get("codes"),
        )
        if "type" in child and child["name"] in written:
            yield from names(types, child["type"], written)


@pytest.mark.parametrize(
    "message",
    [f"{kind}.001.{version:02}" for kind, version in EACH if (STRUCTURES / f"{kind}.001.{version:02}.json").exists()],
)
def test_both_sources_of_the_published_structures_say_the_same(message):
    own, further = _types(message), {**of_versions(), "Document": of_versions()[message]}
    described = {child["name"] for children in further.values() for child in children if "type" in child}
    with_codes = [list(names(types, "Document", described)) for types in (own, further)]
    first, second = ([each[:3] for each in of_source] for of_source in with_codes)
    assert first == second
    assert [a[3] for a, b in zip(*with_codes, strict=True) if b[3]] == [b[3] for b in with_codes[1] if b[3]]
