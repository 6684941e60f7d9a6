"""Which law decides a figure of a lot: the source that an explanation names, by the account's regime (domain rules, "Regimes").

US law is for accounts without a regime and US_WASH_SALE, TCGA 1992 for UK_SHARE_MATCHING.
"""

from collections.abc import Mapping

from domain.corporate_actions import Debit, LotTreatment
from domain.lots.disposal import Use
from domain.lots.effect import LotEffect
from domain.records.account import UK_SHARE_MATCHING

Law = tuple[str, str]
"""(US, UK)."""

COST: Law = ("IRC §1012: what was paid for it", "TCGA 1992 s.38(1)(a): the consideration given for it")
SOLD_SHORT = "IRC §1233(a): sold short; what it was sold for is kept, below zero, until it is closed"
SHORT_TERM = (
    "IRC §1233(a); Treas. Reg. §1.1233-1(a)(3): as long as what closes the short was held, which was acquired for it"
)
PART: Law = (
    "IRC §1011, §1012: the lot's own basis; what is rounded stays with the rest",
    "TCGA 1992 s.38: the lot's own cost; what is rounded stays with the rest",
)
POOL: Law = (
    "average basis: Treas. Reg. §1.1012-1(e)(7)",
    "TCGA 1992 s.104, s.110A: a holding is one asset, at its average cost",
)
GAIN: Law = ("IRC §1001(a)", "TCGA 1992 s.38")
TERM: Law = (
    "LONG from the day after the start of the holding period plus one year on: IRC §1222; Rev. Rul. 66-7",
    "no bearing on UK tax; LONG from the day after the start of the holding period plus one year on",
)
EXCHANGED: Law = (
    "each amount at the rate of its own day: IRC §985(a), §988; EStG § 20 Abs. 4 Satz 1",
    "each amount at the rate of its own day: HMRC CG78310; Bentley v Pike (1981) 53 TC 590",
)
GIVEN: Law = ("opening lot, as given", "opening lot, as given")
MATCHED: Mapping[str, str] = {
    "SAME_DAY": "TCGA 1992 s.105(1)(b): shares acquired on the day of the disposal come first",
    "THIRTY_DAYS": "TCGA 1992 s.106A(5): shares acquired in the 30 days after the disposal, the earliest first",
    "POOL": "TCGA 1992 s.104: what neither s.105 nor s.106A matches is of the pool",
}
MATCHING = "TCGA 1992 s.105, s.106A, s.104: shares of the same day, then of the next 30 days, then of the pool"
UNMATCHED = "TCGA 1992 s.122, s.123, s.127; HMRC CG57856: of the holding, matched with no acquisition"
METHODS: Mapping[str, str] = {
    "FIFO": "relief_method FIFO: the oldest first (Treas. Reg. §1.1012-1(c)(1))",
    "LIFO": "relief_method LIFO: the youngest first (Treas. Reg. §1.1012-1(c)(2)-(3), as identified)",
    "HIFO": "relief_method HIFO: the highest cost of a unit first, of shorts the lowest proceeds (Treas. Reg. §1.1012-1(c)(2)-(3))",
    "SPECIFIC": "relief_method SPECIFIC: the lots that quantity_breakdown names, else the oldest (Treas. Reg. §1.1012-1(c))",
    "AVERAGE": "relief_method AVERAGE: the oldest first, at the average basis (Treas. Reg. §1.1012-1(e)(7))",
}
USES: Mapping[Use, Law] = {
    Use.BOOT: ("IRC §356(a), (c), §358(a): gain is recognised up to the cash, no loss is", ""),
    Use.BEYOND_BASIS: ("IRC §301(c)(2)-(3): cash lowers the basis, to nothing; what exceeds it is a gain", ""),
    Use.PART_DISPOSAL: (
        "",
        "TCGA 1992 s.122, s.123, s.128(3), s.129; HMRC CG52587: a part disposal, cost x cash / (cash + value)",
    ),
    Use.SMALL: (
        "",
        "TCGA 1992 s.122(2), (4); HMRC CG57835: cash of at most 5 % of the value or GBP 3,000 is deducted from the cost",
    ),
    Use.IN_LIEU: (
        "IRC §263(h); IRS Pub. 550, Short Sales: what a short pays in lieu of capital is part of its cost",
        "",
    ),
    Use.PAID_DOWN: ("IRC §1271(a)(1): principal paid back retires the same share of the basis", ""),
}
SHARED: Law = (
    "",
    "TCGA 1992 s.128(1), s.129, s.130; HMRC CG51930: classes share the cost of the holding and what was paid for the new one, by value",
)
MATCHED_LATER: Law = ("", f"end of the day of a matched acquisition: {MATCHED['THIRTY_DAYS']}")
WASH_SALE: Law = (
    "IRC §1091(a), (d); Treas. Reg. §1.1091-1, §1.1091-2: shares acquired within 30 days take over the loss",
    "",
)
MOVED = "transfer: no gain or loss; basis and dates go with the lot (Treas. Reg. §1.6045A-1(b))"
INHERITED = "transfer with a new basis: IRC §1014(a); held long at once, §1223(9)"
SOLD_BY_TRANSFER = "transfer that counts as a sale (tax_treatment TAXABLE): IRC §1001, §1012"
TACKED = "IRC §1223(3): the holding period of the shares sold is included"

_STAYS: Law = (
    "IRC §307(a), §358(b), §1223: basis spreads over old and new shares, which are held as long",
    "TCGA 1992 s.126, s.127: a reorganisation is no disposal; old and new shares are one asset, whose cost they share",
)
_GOES: Law = (
    "IRC §354, §358(a), §1223: no gain or loss; basis and holding period go with the new shares",
    "TCGA 1992 s.127, s.135: no disposal; the new shares stand for the old ones, at their cost and date",
)
_TAXABLE: Law = (
    "IRC §1001, §1012: the old shares are sold for cash and market value, which is the basis of the new ones",
    "TCGA 1992 s.38: neither s.127 nor s.135 makes them the same asset; acquired for the market value of the old ones",
)
_IN_KIND: Law = (
    "IRC §301(b), (d), §305(b): income in kind, whose market value is its basis",
    "TCGA 1992 s.38: income in kind, whose market value is its cost",
)
TREATMENTS: Mapping[LotTreatment, Law] = {
    LotTreatment.DISTRIBUTE_RIGHTS: (
        "IRC §307(a)-(b): rights take basis by market value if the notice, the holder or 15 % of the shares' value says so",
        "TCGA 1992 s.123, s.127: rights are of the holding, without a cost of their own; sold, they use up some of the shares'",
    ),
    LotTreatment.DISPOSE: (
        "IRC §1001, §1271(a)(1): what is redeemed, called, drawn or tendered is sold",
        "TCGA 1992 s.21, s.38: what is redeemed, called, drawn or tendered is disposed of",
    ),
    LotTreatment.RETURN_CAPITAL: (
        "IRC §301(b)-(d): capital in cash or in kind; what comes in kind has its market value as basis",
        "TCGA 1992 s.122: a capital distribution, in money or money's worth; what comes in kind is acquired for its market value",
    ),
    LotTreatment.ACCUMULATE: (
        "IRC §852(b)(3)(D)(iii), §565(c)(2): income that counts as distributed raises the basis, less the tax that the fund paid",
        "TCGA 1992 s.99B; SI 2009/3001 reg. 99; HMRC CG57707, IFM13372: income that counts as distributed is part of the cost",
    ),
    LotTreatment.PAY_DOWN: USES[Use.PAID_DOWN],
    LotTreatment.PURCHASE: (
        "IRC §1012: bought by the option, at its cost, charges included",
        "TCGA 1992 s.38, s.127, s.128: bought by the option, charges included; taken up in proportion it is as old as the holding",
    ),
    LotTreatment.EXERCISE: (
        "IRC §1012, §1223(5): the basis of the rights and the subscription; held from the exercise on",
        "TCGA 1992 s.127, s.128(1): the cost of the rights and the subscription",
    ),
    LotTreatment.LAPSE: (
        "Treas. Reg. §1.307-1(a): rights that lapse give back the basis that shares gave them",
        "TCGA 1992 s.127: rights are of the holding; what lapses leaves its cost there",
    ),
    LotTreatment.WRITE_OFF: (
        "IRC §165(g)(1): worthless, a loss of the last day of the year",
        "TCGA 1992 s.24(1): the entire loss of an asset is a disposal of it",
    ),
}


def of_regime(law: Law, regime: str) -> str:
    """Return the source that holds under a regime."""
    return law[regime == UK_SHARE_MATCHING]


def of_effect(effect: LotEffect) -> Law:
    """Return the sources of what an event does to lots."""
    if effect.treatment is not LotTreatment.REORGANISE:
        return TREATMENTS[effect.treatment]
    stays = effect.outturn.debit is Debit.NOTHING
    if effect.taxable:
        return _IN_KIND if stays else _TAXABLE
    return _STAYS if stays else _GOES
