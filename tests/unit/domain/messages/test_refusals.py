"""Every message that cannot be read names the field at fault, as a person finds it in the message."""

import pytest

from domain.messages import read_message
from domain.messages.xml_text import MOST_DEPTH
from tests.unit.domain.messages.examples import example, refusal


def test_a_message_in_another_character_set_is_refused():
    assert refusal(example("dividend.fin", ("APPLE INC", "PÂTÉ"))) == ("invalid_character", "")


@pytest.mark.parametrize(
    "trailer", ["{5:{CHK:0123456789AB}}", "{5:{MAC:00000000}{CHK:0123456789AB}{TNG:}}{S:{SAC:}{COP:P}}"]
)
def test_a_trailer_behind_the_text_is_passed_over(trailer):
    one = example("dividend.fin")
    assert read_message(one.rstrip() + trailer.encode()) == read_message(one)


def test_sequences_are_not_nested_without_end():
    nested = "".join(f":16R:A{level}\n" for level in range(2000))
    assert refusal(example("dividend.fin", (":16R:GENL\n", nested)))[0] == "too_deep"


def test_elements_are_not_nested_without_end():
    deep = example("dividend.xml", ("<AcctDtls>", "<A>" * 5000)).decode()
    deepest = "/".join(["CorpActnNtfctn", *["A"] * (MOST_DEPTH - len(["Document", "CorpActnNtfctn"]))])
    assert refusal(deep.encode()) == ("too_deep", deepest)


ENTITY_BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">{more}]><Document>&lol9;</Document>"""


def test_entities_of_the_message_itself_are_refused_before_they_grow():
    more = "".join(
        f'<!ENTITY lol{level} "{f"&lol{level - 1};" * 10}">'.replace("&lol0;", "&lol;") for level in range(1, 10)
    )
    assert refusal(ENTITY_BOMB.format(more=more).encode())[0] == "document_type"


@pytest.mark.parametrize("where", ["file:///etc/hostname", "http://127.0.0.1:1/"])
def test_external_entities_are_refused(where):
    external = f'<!DOCTYPE d [<!ENTITY x SYSTEM "{where}">]><Document>&x;</Document>'
    assert refusal(external.encode())[0] == "document_type"


def test_an_unknown_encoding_is_refused():
    assert refusal(example("dividend.xml", ('encoding="UTF-8"', 'encoding="klingon"'))) == ("not_xml", "")


def test_a_sequence_that_comes_once_is_not_taken_twice():
    again = (
        ":16S:USECU\n:16R:USECU\n:35B:ISIN US5949181045\n:16R:ACCTINFO\n:97C::SAFE//GENR\n:16S:ACCTINFO\n:16S:USECU\n"
    )
    assert refusal(example("dividend.fin", (":16S:USECU\n", again))) == ("conflicting_values", "USECU[2]/35B")
