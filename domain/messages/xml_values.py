"""What an XML element says, by the elements in it. Source: ISO 20022 data types and choices of the Securities SEG."""

from collections.abc import Callable, Mapping

from domain.messages.tree import Node
from domain.messages.values import (
    Code,
    Day,
    Exchange,
    Instant,
    Money,
    Percentage,
    Period,
    Price,
    Quantity,
    Ratio,
    Text,
    Value,
    dated,
    instead,
    negated,
)
from domain.numbers.exact import parse_decimal, plain


def element_value(element: Node) -> Value | None:
    """Return what an element says, by the names of the elements in it; None if one of them is not expected there.

    Raises RecordError for a figure that is none.
    """
    if not element.children:
        return _leaf(element)
    inner = {child.name: child for child in element.children}
    if len(inner) < len(element.children):
        return None
    for names, needed, read in _SHAPES:
        if needed <= inner.keys() <= names:
            return read(inner)
    return element_value(element.children[0]) if inner.keys() <= _WRAPPERS and len(inner) == 1 else None


def _leaf(element: Node) -> Value:
    if "Ccy" in element.attributes:
        return Money(_figure(element), element.attributes["Ccy"])
    return Percentage(_figure(element)) if element.name == "Rate" else Text(element.text)


def _short(inner: Mapping[str, Node], sides: tuple[str, ...] = ("ShrtLngInd", "ShrtLngPos")) -> bool:
    """Return True if the balance is short. Raises RecordError for a word that is neither."""
    stated = [inner[name] for name in sides if name in inner]
    for side in stated:
        if side.text not in ("LONG", "SHOR"):
            raise side.fail("unknown_code", f"{side.text[:10]!r} is none of LONG, SHOR")
    return any(side.text == "SHOR" for side in stated)


def _balance(inner: Mapping[str, Node]) -> Value | None:
    """Return the quantity of a balance, below zero where it is short, in whichever form of a choice."""
    quantity = next((element_value(inner[name]) for name in ("Qty", "QtyChc", "SgndQty") if name in inner), None)
    if not isinstance(quantity, Quantity) or not _short(inner):
        return quantity
    return Quantity(negated(quantity.number), quantity.kind)


def _figure(node: Node) -> str:
    try:
        return plain(parse_decimal(node.text))
    except ValueError as error:
        raise node.fail("invalid_format", str(error)) from error


def _money(inner: Mapping[str, Node]) -> Value | None:
    amount = element_value(inner["Amt"])
    if not isinstance(amount, Money):
        return None
    kind, status = (_word(inner[name]) if name in inner else "" for name in ("RateTp", "RateSts"))
    return Money(amount.number, amount.currency, kind, status)


def _word(node: Node) -> str:
    return " ".join(leaf.text for leaf in node.leaves())


def _price(inner: Mapping[str, Node]) -> Price:
    kind = inner["AmtPricTp"] if "AmtPricTp" in inner else inner["PctgPricTp"]
    value = inner["PricVal"]
    return Price(_word(kind), _figure(value), value.attributes.get("Ccy", ""))


def _days(inner: Mapping[str, Node]) -> Period:
    start, end = (dated(element_value(inner[name])) for name in ("StartDt", "EndDt"))
    return Period(*(day.day if isinstance(day, Day | Instant) else None for day in (start, end)))


def _quantity(kind: str, name: str) -> Callable[[Mapping[str, Node]], Value]:
    return lambda inner: Quantity(_figure(inner[name]), kind)


ASIDE = frozenset({"RsltgAmt"})
"""Elements beside a value that say nothing more of it."""
_WRAPPERS = frozenset(
    {"Dt", "DtTm", "Rate", "Amt", "Qty", "QtyChc", "SgndQty", "QtyAndAvlbty", "Bal", "Prd", "AmtPric", "PctgPric"}
) | {"AmtAndRateSts", "RateTpAndAmtAndRateSts", "RateTpAndRate", "QtyToQty", "OrgnlAndCurFaceAmt", "FrmtdBal"}
_BALANCE = {"Qty", "QtyChc", "SgndQty", "ShrtLngInd", "ShrtLngPos", "AvlbtyInd"}
_SHAPES: tuple[tuple[set[str], set[str], Callable[[Mapping[str, Node]], Value | None]], ...] = (
    *(
        ({name}, {name}, lambda inner: instead(_word(next(iter(inner.values())))))
        for name in ("DtCd", "DtCdAndTm", "NotSpcfdRate", "NotSpcfdPric", "NotSpcfdQty", "NotSpcfdDt", "PrdCd")
    ),
    ({"Cd"}, {"Cd"}, lambda inner: Code(_word(inner["Cd"]))),
    ({"Prtry"}, {"Prtry"}, lambda inner: Code(_word(inner["Prtry"]), "Prtry")),
    ({"Rate", "RateTp", "RateSts"}, {"Rate", "RateTp"}, lambda inner: Percentage(_figure(inner["Rate"]), _word(inner["RateTp"]))),
    ({"Amt", "RateTp", "RateSts"}, {"Amt"}, _money),
    ({"AmtPricTp", "PricVal"}, {"AmtPricTp", "PricVal"}, _price),
    ({"PctgPricTp", "PricVal"}, {"PctgPricTp", "PricVal"}, _price),
    ({"Qty1", "Qty2"}, {"Qty1", "Qty2"}, lambda inner: Ratio(_figure(inner["Qty1"]), _figure(inner["Qty2"]))),
    (
        {"UnitCcy", "QtdCcy", "XchgRate"} | ASIDE,
        {"UnitCcy", "QtdCcy", "XchgRate"},
        lambda inner: Exchange(inner["UnitCcy"].text, inner["QtdCcy"].text, _figure(inner["XchgRate"])),
    ),
    ({"FaceAmt", "AmtsdVal"}, {"FaceAmt"}, _quantity("FAMT", "FaceAmt")),
    ({"Unit"}, {"Unit"}, _quantity("UNIT", "Unit")),
    ({"AmtsdVal"}, {"AmtsdVal"}, _quantity("AMOR", "AmtsdVal")),
    (_BALANCE, {"ShrtLngInd"}, _balance),
    (_BALANCE, {"ShrtLngPos"}, _balance),
    (_BALANCE, {"AvlbtyInd"}, _balance),
    ({"StartDt", "EndDt"}, {"StartDt", "EndDt"}, _days),
)  # fmt: skip
"""(names that may stand in an element, names that must, how its value is read)."""
