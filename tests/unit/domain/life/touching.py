"""Which of the new rules a fact of a life touches, and what becomes of its transfers."""

from domain.calculation import calculate_document
from tests.unit.domain.life.calendars import CLOSED, paid_on
from tests.unit.domain.life.facts import Facts
from tests.unit.domain.life.world import NEW_ISIN

RULES = ("transfer", "new ISIN", "UK_SHARE_MATCHING", "US_WASH_SALE", "derived ex-date", "rolled payment date", "short",
         "exchange_rate", *CLOSED)  # fmt: skip
SAME_SECURITY = ("CHAN", "SPLF", "SPLR")


def touched(record, accounts):
    """The rules, of `RULES`, that a fact is an example of; `accounts` as in `Life`."""
    ends = ("safekeeping_account", "from_safekeeping_account", "to_safekeeping_account")
    dealing = record["record_type"] in ("trade", "transfer")
    found = {accounts[record[end]][1] for end in ends if dealing and end in record} | {record["record_type"]}
    short = dealing and record.get("side") and accounts[record["safekeeping_account"]][2].get("short_positions")
    found |= {"short"} if short or record.get("settled_quantity", "").startswith("-") else set()
    found |= {"new ISIN"} if record.get("isin") in NEW_ISIN.values() else set()
    if record["record_type"] == "corporate_action" and "options" in record:
        outs = {option.get("isin_out", record["isin"]) for option in record["options"]}
        found |= {"new ISIN"} if record["event_type"] in SAME_SECURITY and outs != {record["isin"]} else set()
        found |= {"derived ex-date"} if not record.get("ex_date") and record.get("record_date") else set()
        found |= {"rolled payment date"} if paid_on(record) != record.get("payment_date") else set()
        dates = {record.get(name) for name in ("ex_date", "record_date", "payment_date")}
        found |= {kind for kind, days in CLOSED.items() if dates & set(days)}
    return found & set(RULES)


FATES = ("as it is", "named", "worth", "sale", "onward", "regime", "insufficient_lots", "lots_not_adjusted")


def fates(document):
    """What became of the transfers of a document: how they moved, or why not."""
    result, facts = calculate_document(document), Facts(document)
    transfers = {each["transfer_id"]: each for each in facts.transfers}
    for lot in result["tax_lots"]:
        if transfer := transfers.get(lot["opened_by"]):
            sale = "sale" if transfer.get("tax_treatment") == "TAXABLE" else "worth"
            yield sale if "new_cost_basis" in transfer else "as it is"
            yield from ["named"] if "lots" in transfer else []
            yield from ["onward"] if lot["parent_lot_id"].split("/")[-1] in transfers else []
            yield from ["regime"] if facts.accounts[lot["safekeeping_account"]].get("lot_regime") else []
    yield from (row["reason"] for row in result["rejected"] if row["record"] == "transfer")
