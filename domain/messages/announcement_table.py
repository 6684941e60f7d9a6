"""The table of announcements: MT564, seev.031 and seev.039.

Source: ISO 15022 User Handbook, MT564, releases 2010 to 2022; ISO 20022 message definitions seev.031 and seev.039, versions 1 to 14.
"""

from domain.messages import forms
from domain.messages.holdings import PLACE
from domain.messages.table import Row, Scope

TERMS = (
    Row("gross_rate", forms.amount, "CASHMOVE/92a GRSS", "GrssDvddRate | GrssDstrbtnRate"),
    Row("net_rate", forms.amount, "CASHMOVE/92a NETT", "NetDvddRate | NetDstrbtnRate"),
    Row("tax_credit_rate", forms.amount, "CASHMOVE/92a TAXC", "TaxCdtRate"),
    Row("charge_rate", forms.charge, "CASHMOVE/92a CHAR", "ChrgsFees"),
    Row("withholding_tax_rate", forms.percentage, "CASHMOVE/92a TAXR", "WhldgTaxRate"),
    Row("second_level_tax_rate", forms.percentage, "CASHMOVE/92a WITL", "ScndLvlTax"),
    Row("proration_rate", forms.percentage, "92a PROR", "PrratnRate"),
    Row("exchange_rate", forms.exchange, "CASHMOVE/92B EXCH", "FXDtls | IssrDclrdXchgRate"),
    Row("cash_price_received", forms.price_or_percent, "90a OFFR", "GncCshPricRcvdPerPdct"),
    Row("subscription_price", forms.price, "90a PRPP", "GncCshPricPdPerPdct"),
    Row("cash_in_lieu_price", forms.price, "90a CINL", "CshInLieuOfShrPric"),
    Row("new_to_old", forms.ratio, "SECMOVE/92a NEWO", "NewToOd"),
    Row("additional_for_existing", forms.ratio, "SECMOVE/92a ADEX", "AddtlQtyForExstgScties"),
    Row("fraction_disposition", forms.code, "22F DISF", "FrctnDspstn"),
    Row("minimum_exercisable_multiple", forms.quantity, "36a MILT", "MinMltplQtyToInst"),
    Row("odd_lot_quantity", forms.quantity, "36a FOLQ", "FrntEndOddLotQty"),
    Row("interest_rate", forms.percentage, "CADETL/92a INTR", "IntrstRate"),
    Row("previous_factor", forms.percentage, "CADETL/92a PRFC", "PrvsFctr"),
    Row("next_factor", forms.percentage, "CADETL/92a NWFC", "NxtFctr"),
    Row("interest_period", forms.period, "CADETL/69a INPE", "IntrstPrd"),
    Row("ex_date", forms.day, "CADETL/98a XDTE", "ExDvddDt"),
    Row("record_date", forms.day, "CADETL/98a RDTE", "RcrdDt"),
    Row("payment_date", forms.day, "98a PAYD", "PmtDt"),
    Row("response_deadline", forms.deadline, "98a RDDT", "RspnDdln"),
    Row("market_deadline", forms.deadline, "98a MKDT", "MktDdln"),
    Row("protect_date", forms.day, "98a PODT", "PrtctDt"),
    Row("source_country", forms.place, "CASHMOVE/94C COIN", "CtryOfIncmSrc"),
)  # fmt: skip
"""Terms of an option, wherever they stand."""
_NO_FIGURES = (
    Row("", None, "92a PTSC | 92a BIDI | 92a RINR | 92a RSPR | 92a TXRC | 92a FLFR | 92a TDMT"),
    Row("", None, xml="PctgSght | BidIntrvl | RltdIndx | Sprd | FullyFrnkdRate | TaxblIncmPerDvddShr"),
    Row("", None, "36a MQSO | 36a QTSO | 36a BASE | 36a INCR | 36a NEWD | 36a NBLT | 36a MIEX | 36a MAEX | 36a MINO"),
    Row("", None, xml="MaxQty | MinQtySght | BaseDnmtn | IncrmtlDnmtn | NewDnmtnQty | NewBrdLotQty"),
    Row("", None, xml="MinExrcblQty | MaxQtyToInst | MinQtyToInst"),
    Row("", None, "90a INDC", "IndctvOrMktPric/IndctvPric"),
)  # fmt: skip
"""Figures of an announcement that change none of ours: conditions of an offer, new denominations, the servicer's index."""
_EVENT = (
    Row("function", forms.text, "GENL/23G", "NtfctnGnlInf/NtfctnTp | NtfctnTp"),
    Row("cancellation", forms.text, xml="CxlAdvcGnlInf/CxlRsnCd | CxlRsnCd"),
    Row("corporate_action_event_id", forms.text, "GENL/20C CORP", "CorpActnGnlInf/CorpActnEvtId | CorpActnEvtId"),
    Row("official_event_id", forms.text, "GENL/20C COAF", "CorpActnGnlInf/OffclCorpActnEvtId | OffclCorpActnEvtId"),
    Row("", forms.own, "GENL/20C SEME", "AppHdr/BizMsgIdr"),
    Row("", forms.own, "GENL/28E", "Pgntn/PgNb | Pgntn/LastPgInd"),
    Row("prepared_at", forms.instant_or_day, "GENL/98a PREP", "AppHdr/CreDt"),
    Row("event_type", forms.code, "GENL/22F CAEV", "CorpActnGnlInf/EvtTp"),
    Row("mandatory_voluntary", forms.code, "GENL/22F CAMV", "CorpActnGnlInf/MndtryVlntryEvtTp"),
    Row("processing_status", forms.code, "GENL/25D PROC"),
    Row("completeness", forms.code, xml="PrcgSts/Cd/EvtCmpltnsSts | PrcgSts/EvtCmpltnsSts"),
    Row("confirmation", forms.code, xml="PrcgSts/Cd/EvtConfSts | PrcgSts/EvtConfSts"),
    Row("isin", forms.isin, xml="CorpActnGnlInf/FinInstrmId/ISIN | UndrlygSctyId/ISIN"),
    Row("additional_process", forms.code, "CADETL/22F ADDB"),
    Row("announcement_date", forms.day, "CADETL/98a ANOU", "DtDtls/AnncmntDt"),
    Row("effective_date", forms.day, "CADETL/98a EFFD", "DtDtls/FctvDt"),
    Row("day_count", forms.code, "CADETL/22F MICO", "DayCntBsis"),
)
_UNDERLYING = (
    Row("isin", forms.isin, "35B", "FinInstrmId/ISIN | SctyId/ISIN | ISIN"),
    Row("place_of_listing", forms.place, "FIA/94B PLIS", "PlcOfListg/MktIdrCd | PlcOfListg/Desc"),
    Row("day_count", forms.code, "FIA/22F MICO", "DayCntBsis"),
    Row("interest_rate", forms.percentage, "FIA/92a INTR", "IntrstRate"),
    Row("previous_factor", forms.percentage, "FIA/92a PRFC", "PrvsFctr"),
    Row("next_factor", forms.percentage, "FIA/92a NWFC", "NxtFctr"),
)
_OPTION = (
    Row("option_number", forms.text, "13A CAON", "OptnNb/Nb | OptnNb"),
    Row("option_type", forms.code, "22F CAOP", "OptnTp"),
    Row("is_default_option", forms.flag, "17B DFLT", "DfltPrcgOrStgInstr/DfltOptnInd | DfltOptnInd"),
    Row("currency", forms.text, "11A OPTN", "CcyOptn"),
)
_DIRECTION = Row("credit_debit_indicator", forms.direction, "22H CRDB", "CdtDbtInd")
_MARKET_PRICE = Row("market_price", forms.bare_price, "90a MRKT", "IndctvOrMktPric/MktPric | MktPric")
TABLE = {
    "": Scope(
        (*_EVENT, *TERMS, *_NO_FIGURES),
        {
            **{"LINK": "link", "EvtsLkg": "link", "USECU": "underlying", "UndrlygScty": "underlying"},
            **{"ACCTINFO": "account", "AcctDtls": "account", "AcctsDtls": "account", "ADDINFO": "account"},
            **{"INTSEC": "intermediate", "IntrmdtScty": "intermediate"},
            **{"CAOPTN": "option", "CorpActnOptnDtls": "option"},
        },
        frozenset({"GENL", "CADETL"}),
        holds=True,
    ),
    "link": Scope(
        (
            Row("corporate_action_event_id", forms.text, "GENL/LINK/20C CORP", "EvtId/LkdCorpActnId | LkdCorpActnId"),
            Row("processing_position", forms.code, "GENL/LINK/22F LINK", "LkgTp"),
        )
    ),
    "underlying": Scope(_UNDERLYING, {"ACCTINFO": "account"}, frozenset({"FIA"})),
    "account": Scope(
        (
            Row("", forms.own, "97C SAFE", "ForAllAccts/IdCd"),
            Row("safekeeping_account", forms.account, "97A SAFE | 97B SAFE", "SfkpgAcct/Id | SfkpgAcct"),
            Row("aggregate", forms.quantity, "93a ELIG", "TtlElgblBal"),
            *PLACE,
        ),
        {"AcctsListAndBalDtls": "account"},
    ),
    "intermediate": Scope(
        (
            Row("isin_intermediate", forms.isin, "35B", "SctyId/ISIN | FinInstrmId/ISIN | ISIN"),
            Row("intermediate_to_underlying", forms.ratio, "92a RTUN", "IntrmdtSctiesToUndrlygRatio"),
            _MARKET_PRICE,
            *_NO_FIGURES,
            Row("", None, "93a"),
        ),
        holds=True,
    ),
    "option": Scope(
        (*_OPTION, *TERMS, *_NO_FIGURES),
        {
            **{"SECMOVE": "securities", "SctiesMvmntDtls": "securities"},
            **{"CASHMOVE": "cash", "CshMvmntDtls": "cash"},
        },
        holds=True,
    ),
    "securities": Scope(
        (
            _DIRECTION,
            Row("isin", forms.isin, "35B", "SctyDtls/FinInstrmId/ISIN | FinInstrmId/ISIN | SctyId/ISIN"),
            _MARKET_PRICE,
            *TERMS,
            *_NO_FIGURES,
            Row("", None, "36a ENTL", "EntitldQty"),
        ),
        {"FIA": "attributes", "SctyDtls": "attributes"},
        holds=True,
    ),
    "attributes": Scope((Row("isin", forms.isin, xml="FinInstrmId/ISIN | SctyId/ISIN | ISIN"),)),
    "cash": Scope(
        (
            _DIRECTION,
            Row("charge_amount", forms.amount, "19B CHAR", "AmtDtls/ChrgsAmt"),
            *TERMS,
            *_NO_FIGURES,
            Row("", None, "19a", "AmtDtls"),
        ),
        holds=True,
    ),
}  # fmt: skip
