"""Transfers: lots that move from one account to another without a trade, with or without a new basis."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from domain.records.declared import Day, Identifier, Isin, Meaning, Needs, Number, SequenceNumber, among
from domain.records.fields import Fields
from domain.records.named_lots import LotQuantity, check_named_lots
from domain.records.unread import UnreadFields

_CANCELLED = {"function": ("CANC",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Lots that go to another account without a trade: delivered free of payment, split off, inherited; a cancelled one has no terms."""

    record_type: ClassVar[str] = "transfer"
    needs: ClassVar[tuple[Needs, ...]] = (
        Needs(("isin", "quantity", "transfer_date"), unless=_CANCELLED),
        Needs(("new_cost_basis",), when={"tax_treatment": ("TAXABLE",)}, unless=_CANCELLED),
    )
    transfer_id: Annotated[Identifier, Meaning("number of the transfer")]
    from_safekeeping_account: Annotated[Identifier, Meaning("account that gives", source="97A SAFE")]
    to_safekeeping_account: Annotated[Identifier, Meaning("account that receives", source="97A SAFE")]
    function: Annotated[str, among("NEWM", "REPL", "CANC"), Meaning("new, replaced or cancelled", source="23G")] = (
        "NEWM"
    )
    isin: Annotated[Isin, Meaning("security moved", source="35B")] = ""
    quantity: Annotated[Number, Meaning("moved, above zero", "units", "36B SETT")] = Decimal(0)
    transfer_date: Annotated[Day, Meaning("day of the move: after its purchases, before its sales")] | None = None
    lots: Annotated[
        tuple[LotQuantity, ...],
        Meaning("lots moved, each once: they add up to quantity; absent: by the giver's relief method"),
    ] = ()
    new_cost_basis: (
        Annotated[
            Number,
            Meaning("of all that moved; absent: each lot keeps its own", "currency of the lots", "US IRC §1014"),
        ]
        | None
    ) = None
    tax_treatment: Annotated[
        str,
        among("ROLLOVER", "TAXABLE"),
        Meaning("TAXABLE: a sale by the giver for new_cost_basis, and a purchase; else nothing is realised"),
    ] = ""
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return the transfer's own number."""
        return self.transfer_id

    @property
    def accounts(self) -> tuple[str, str]:
        """Return the giver and the receiver."""
        return self.from_safekeeping_account, self.to_safekeeping_account

    @staticmethod
    def check(fields: Fields, transfer: dict[str, Any]) -> None:
        """Raise RecordError for one account that gives to itself, no quantity, or lots that do not add up to it."""
        if transfer["from_safekeeping_account"] == transfer["to_safekeeping_account"]:
            detail = "a transfer goes to another account than it comes from"
            raise fields.fail("to_safekeeping_account", "same_account", detail)
        if transfer["function"] != "CANC" and transfer["quantity"] == 0:
            raise fields.fail("quantity", "zero_quantity", "quantity must be above zero")
        check_named_lots(fields, "lots", transfer["lots"], transfer["quantity"])
