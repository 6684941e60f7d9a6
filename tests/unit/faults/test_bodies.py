"""What else is in a body stays as it was, in each of its forms."""

import pytest

from harness.faults.edits import edit_answer, edit_request
from harness.faults.messages import Answer, Request

FORM = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
ACL = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<Owner><ID>o</ID></Owner><AccessControlList><Grant>"
    b'<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID> g&amp;\xc3\xbc </ID></Grantee>'
    b"<Permission>READ</Permission></Grant>%b</AccessControlList></AccessControlPolicy>"
)
SECOND = b"<Grant><Permission>WRITE</Permission></Grant>"


def test_an_entry_that_is_removed_from_a_form_leaves_no_gap_at_which_an_emulator_stops_reading() -> None:
    entries = "&".join(
        f"Attributes.entry.{n}.key={name}&Attributes.entry.{n}.value=v" for n, name in [(1, "A"), (2, "B"), (3, "C")]
    )
    request = Request("POST", "/", [*FORM], f"Action=Subscribe&{entries}&Last=%2B+".encode())
    assert edit_request(request, {"kind": "remove", "in": "request", "keys": ["B"]})
    assert request.body.decode() == (
        "Action=Subscribe&Attributes.entry.1.key=A&Attributes.entry.1.value=v"
        "&Attributes.entry.2.key=C&Attributes.entry.2.value=v&Last=%2B+"
    )  # fmt: skip


def test_names_that_a_query_repeats_stay_repeated() -> None:
    request = Request("GET", "/p?account=1&x=2&account=3&empty")
    assert edit_request(request, {"kind": "remove", "in": "query", "keys": ["x"]})
    assert request.target == "/p?account=1&account=3&empty="


@pytest.mark.parametrize("body", [b"a=1&a=2&b=3", b"a=1&a=1&b=3"])
def test_a_form_that_names_one_thing_twice_is_left_alone(body: bytes) -> None:
    request = Request("POST", "/", [*FORM], body)
    assert not edit_request(request, {"kind": "remove", "in": "request", "keys": ["b"]})
    assert request.body == body


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ({"kind": "lose", "list": "AccessControlList"}, SECOND, b""),
        ({"kind": "lose", "list": "AccessControlList", "where": "WRITE"}, SECOND, b""),
        ({"kind": "double", "list": "AccessControlList"}, SECOND, SECOND * 2),
        ({"kind": "set", "values": {"Permission": "READ"}}, SECOND, SECOND.replace(b"WRITE", b"READ")),
        ({"kind": "set", "values": {"Permission": "READ"}}, b"", b""),
    ],
)
def test_attributes_blanks_and_namespaces_of_xml_stay(change: dict[str, object], before: bytes, after: bytes) -> None:
    answer = Answer(200, [("Content-Type", "application/xml")], ACL % before)
    assert edit_answer(answer, {**change, "in": "answer"}) is (before != after)
    declared = ACL.replace(b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', b"").replace(
        b'2006-03-01/"', b'2006-03-01/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    )
    assert answer.body == (declared % after if before != after else ACL % before)
