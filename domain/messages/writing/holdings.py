"""MT535 and semt.002: our positions of an account as a statement of settled holdings, in pages.

The aggregate balance (AGGR) has what is on loan, which has left the settled quantity; what is pending is in neither.
Source: ISO 15022 User Handbook, MT535, release 2022; ISO 20022 message definition semt.002.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.messages.bic import is_bic
from domain.messages.writing import forms
from domain.messages.writing.facts import Facts
from domain.messages.writing.table import Each, Line, Table
from domain.numbers.exact import EXACT
from domain.records import Position

HOLDINGS_OF_A_PAGE = 20
"""Of at most 430 characters each: an MT535 has at most 10,000."""
HOLDINGS: Table = (
    Line("page", forms.code, "GENL/28E"),
    Line("page_number", forms.code, "", "Pgntn/PgNb"),
    Line("is_last", forms.flag, "", "Pgntn/LastPgInd"),
    Line("statement", forms.identifier, "", "StmtGnlDtls/StmtId"),
    Line("reference", forms.code, "GENL/20C SEME"),
    Line("function", forms.code, "GENL/23G"),
    Line("prepared_at", forms.instant, "GENL/98C PREP"),
    Line("as_of_date", forms.day, "GENL/98A STAT", "StmtGnlDtls/StmtDtTm/Dt"),
    Line("=ADHO", forms.code, "GENL/22F SFRE", "StmtGnlDtls/Frqcy/Cd"),
    Line("=COMP", forms.code, "GENL/22F CODE", "StmtGnlDtls/UpdTp/Cd"),
    Line("=CUST", forms.code, "GENL/22F STTY"),
    Line("=SETT", forms.code, "GENL/22F STBA", "StmtGnlDtls/StmtBsis/Cd"),
    Line("safekeeping_account", forms.identifier, "GENL/97A SAFE"),
    Line("has_holdings", forms.flag, "GENL/17B ACTI", "StmtGnlDtls/ActvtyInd"),
    Line("has_sub_accounts", forms.flag, "GENL/17B CONS", "StmtGnlDtls/SubAcctInd"),
    Line("sender", forms.code, "", "-8: AcctSvcr/AnyBIC | AcctSvcr/Id/AnyBIC"),
    Line("safekeeping_account", forms.identifier, "", "SfkpgAcct/Id"),
    Each("holdings", "SUBSAFE", "BalForAcct", (
        Line("institution", forms.institution, "94F SAFE"),
        Line("place", forms.elsewhere, "94B SAFE"),
        Line("isin", forms.isin, "FIN/35B", "FinInstrmId/ISIN"),
        Line("aggregate", forms.side, "", "AggtBal/ShrtLngInd"),
        Line("aggregate", forms.balance, "FIN/93B AGGR", "AggtBal/Qty/Qty/Qty/Unit"),
        Line("place", forms.elsewhere, "", "-8: SfkpgPlc/Id | SfkpgPlc/SfkpgPlcFrmt/Id"),
        Line("institution", forms.institution, "", "-8: SfkpgPlc/TpAndId | SfkpgPlc/SfkpgPlcFrmt/TpAndId"),
        Each("balances", "FIN/SUBBAL", "BalBrkdwn", (
            Line("kind", forms.code, "", "SubBalTp/Cd"),
            Line("quantity", forms.units, "93B {kind}", "-8: Qty/Qty/Unit | Qty/Qty/Qty/Unit"),
        )),
    )),
)  # fmt: skip
_KINDS = {
    "PENR": "pending_receipt_quantity",
    "PEND": "pending_delivery_quantity",
    "LOAN": "on_loan_quantity",
    "BORR": "borrowed_quantity",
}


def facts_of_holdings(account: str, as_of: date, positions: Sequence[Position], reference: str) -> list[Facts]:
    """Return the facts of each page that states these positions as of a day; a place where nothing is held is left out."""
    held = [facts for position in positions if (facts := _holding(position))]
    pages = [held[start : start + HOLDINGS_OF_A_PAGE] for start in range(0, len(held), HOLDINGS_OF_A_PAGE)]
    return [
        {
            "safekeeping_account": account,
            "as_of_date": as_of.isoformat(),
            "statement": reference,
            "reference": f"{reference}/{number}" if len(pages) > 1 else reference,
            "page": f"{number}/{'ONLY' if len(pages) == 1 else 'LAST' if number == len(pages) else 'MORE'}",
            "page_number": str(number),
            "is_last": number == len(pages),
            "has_holdings": True,
            "has_sub_accounts": False,
            "holdings": page,
        }
        for number, page in enumerate(pages, 1)
    ]


def _holding(position: Position) -> Facts | None:
    balances = list(_balances(position))
    if not balances and not position.settled_quantity:
        return None
    return {
        "institution" if is_bic(position.safekeeping_place) else "place": position.safekeeping_place,
        "isin": position.isin,
        "aggregate": EXACT.add(position.settled_quantity, position.on_loan_quantity),
        "balances": balances,
    }


def _balances(position: Position) -> Iterator[Facts]:
    for kind, name in _KINDS.items():
        if quantity := getattr(position, name):
            yield {"kind": kind, "quantity": quantity}
