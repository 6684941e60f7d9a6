"""Lots in the taxpayer's currency: each amount at the rate of its own day (domain rules, "Lots in the taxpayer's currency").

What lacks its rate is held, and all that follows in the security and in those that events turn it into, or turn into it, waits
(docs/adr/0019). Accounts of a life with a tax currency have no transfers: nobody else has lots in that currency.
"""

from fractions import Fraction

MONEY = ("gross_rate", "cash_price_received", "cash_price_received_percent", "cash_for_unfilled", "cash_in_lieu_price",
         "subscription_price", "charge_rate", "charge_amount", "tax_credit_rate",
         "price", "settlement_amount", "accrued_interest")  # fmt: skip
"""Fields of options, movements of securities and trades that are money, or a part of the face amount that is paid in money."""
STAND_INS = (1, 10**6)
"""Two factors for a day without a rate: what comes out the same with both needs none."""


def factor(facts, currency, into, on):
    """What one unit of a currency is worth on a day, by its own quote, else by the inverse one, else None."""
    quote, inverse = (facts.exchange_rates.get((*pair, on)) for pair in ((currency, into), (into, currency)))
    return Fraction(quote["rate"]) if quote else 1 / Fraction(inverse["rate"]) if inverse else None


def exchanged(record, worth):
    """A trade, option or movement with its money in another currency."""
    told = record | {name: Fraction(record[name]) * worth for name in MONEY if record.get(name) is not None}
    if "securities_movements" in record:
        told["securities_movements"] = [exchanged(each, worth) for each in record["securities_movements"]]
    return told


def exchanged_event(what, worth):
    """What a step of an event does, with its money in another currency, in which price and charges are one amount."""
    prices = {isin: Fraction(price) * worth for isin, price in what["event"].get("market_prices", {}).items()}
    options = [exchanged(each, worth) for each in what["event"]["options"]]
    event = what["event"] | {"options": options, "market_prices": prices, "in_one_amount": True}
    option = exchanged(what["option"], worth)
    if event["event_type"] == "PRED" and "gross_rate" not in option:
        option["gross_rate"] = worth  # a face amount of one is paid back as one
    return what | {"event": event, "option": option}


def waiting_since(lacking, links):
    """{ISIN: first day that waits} of `lacking` [(day, ISIN)] facts and `links` [(ISIN, ISIN)] of securities that events give."""
    since = {}
    for on, isin in sorted(lacking):
        linked = {isin}
        while more := {each for link in links if linked & set(link) for each in link} - linked:
            linked |= more
        if isin not in since:
            since |= dict.fromkeys(linked, on)
    return since
