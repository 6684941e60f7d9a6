"""MT535: a statement of holdings becomes, for each security at each place, one position and one statement record.

Source: ISO 15022 User Handbook, MT535: the sub-balances (B1b) break down the aggregate balance (93B AGGR), which is AVAI and NAVL together.
So a balance on loan has left the aggregate's settled part, a borrowed one is in it, and what is pending is in neither (domain rules,
"Eligibility and time"). Of the bases (22F STBA) only SETT states settled quantities.
"""

from domain.messages.draft import Draft
from domain.messages.fin.message import FinField, FinMessage, FinSequence
from domain.messages.fin.values import account_of, date_of, isin_of, place_of, quantity_of
from domain.messages.fin.version import sequence_of
from domain.messages.holding import Balances, Holding, Stated, records_of
from domain.records import RecordError


def read_holdings(message: FinMessage) -> list[Draft]:
    """Position and statement records, in the message's order. Raises RecordError, so for a statement that lists nothing."""
    general = message.root.sequences("GENL")[0]
    basis, account, day = general.need("22F", "STBA"), general.need("97", "SAFE"), general.need("98", "STAT")
    if basis.parts[1] != "SETT":
        raise basis.fail(
            "unsupported_basis", f"a statement on the basis {basis.parts[1]} does not state settled quantities"
        )
    common = Draft()
    common.copy("as_of_date", day, date_of)
    sequence_of(common, general)
    drafts: list[Draft] = []
    for part in message.root.sequences("SUBSAFE"):
        holder = part.field("97", "SAFE") or account
        for security in part.sequences("FIN"):
            drafts += records_of(_holding(message, common, holder, part, security))
    if not drafts:
        raise RecordError(
            "nothing_stated",
            general.place("17B", "ACTI"),
            "the statement lists no holding, so there is nothing to record",
        )
    return drafts


def _holding(
    message: FinMessage, common: Draft, account: FinField, part: FinSequence, security: FinSequence
) -> Holding:
    identification = security.need("35B")
    place, place_at = _place(part, security)
    return Holding(
        account=(account_of(account), account.path),
        isin=(isin_of(identification), identification.path),
        place=(place, place_at),
        common=common,
        source=(message.sender, "block 2"),
        balances=_balances(security),
    )


def _place(part: FinSequence, security: FinSequence) -> tuple[str | None, str]:
    """The place of the sub-account; a sub-balance may repeat it, but not name another: its balances would be of two places."""
    place, at = place_of(part)
    for balance in security.sequences("SUBBAL"):
        other, other_at = place_of(balance)
        if other is not None and other != place:
            raise RecordError(
                "conflicting_values",
                other_at,
                f"the balance is at {other}, the holding at {place or 'no stated place'}",
            )
    return place, at


def _balances(security: FinSequence) -> Balances:
    def sub_balances(qualifier: str) -> list[Stated]:
        inner = security.sequences("SUBBAL")
        return [_stated(field) for balance in inner for field in balance.fields("93", qualifier)]

    available, not_available = (security.field("93", qualifier) for qualifier in ("AVAI", "NAVL"))
    return Balances(
        _stated(security.need("93", "AGGR")),
        _stated(available) if available else None,
        _stated(not_available) if not_available else None,
        sub_balances,
    )


def _stated(field: FinField) -> Stated:
    return quantity_of(field), field.path
