"""MT564 REPE and seev.035, MT566 and seev.036, and seev.037: what an entitlement will move, moved, and had moved.

Source: ISO 15022 User Handbook, MT564 and MT566, release 2022; ISO 20022 message definitions seev.035, .036 and .037; SMPG Corporate
Actions Global Market Practice Part 1. A preliminary advice of payment is a REPE with 22F ADDB//CAPA. A reversal states its movements the
other way and links the confirmation that it takes back.
"""

from domain.messages.writing import forms
from domain.messages.writing.table import Each, Line, Table

GENERAL = (
    Line("corporate_action_event_id", forms.identifier, "GENL/20C CORP", "CorpActnGnlInf/CorpActnEvtId"),
    Line("reference", forms.code, "GENL/20C SEME"),
    Line("function", forms.code, "GENL/23G"),
    Line("event_type", forms.code, "GENL/22F CAEV", "CorpActnGnlInf/EvtTp/Cd"),
)
PREPARED = (Line("prepared_at", forms.instant, "GENL/98C PREP"),)
_LINK = (Line("previous", forms.code, "GENL/LINK/20C PREV"),)
_DATES = (
    Line(
        "record_date",
        forms.day,
        "CADETL/98A RDTE",
        "-13: CorpActnDtls/DtDtls/RcrdDt/Dt/Dt | CorpActnDtls/DtDtls/RcrdDt/Dt",
    ),
    Line(
        "ex_date",
        forms.day,
        "CADETL/98A XDTE",
        "-13: CorpActnDtls/DtDtls/ExDvddDt/Dt/Dt | CorpActnDtls/DtDtls/ExDvddDt/Dt",
    ),
)
_PAID = (
    Line("payment_date", forms.day, "98A PAYD", "-13: DtDtls/PmtDt/Dt/Dt | DtDtls/PmtDt/Dt"),
    Line("payment_unknown", forms.code, "98B PAYD", "DtDtls/PmtDt/DtCd/Cd"),
)
_POSTED = (Line("posting_date", forms.day, "98A POST", "14: DtDtls/PstngDt | DtDtls/PstngDt/Dt"),)
_AMOUNTS = (
    Line("gross_amount", forms.money, "19B GRSS", "16-: AmtDtls/GrssAmt | AmtDtls/GrssCshAmt"),
    Line("net_amount", forms.money, "19B NETT", "16-: AmtDtls/NetAmt | AmtDtls/NetCshAmt"),
    Line("cash_in_lieu_amount", forms.money, "19B CINL", "AmtDtls/CshInLieuOfShr"),
    Line("withholding_tax_amount", forms.money, "19B TAXR", "AmtDtls/WhldgTaxAmt"),
    Line("second_level_tax_amount", forms.money, "19B WITL", "AmtDtls/ScndLvlTaxAmt"),
    Line("charge_amount", forms.money, "19B CHAR", "AmtDtls/ChrgsAmt"),
)
_RESULT = (Line("resulting_amount", forms.money, "19B RESU"),)
_RATES = (
    Line("exchange_rate", forms.exchange, "92B EXCH", "FXDtls"),
    Line("resulting_amount", forms.money, "", "FXDtls/RsltgAmt"),
    Line("withholding_tax_rate", forms.percentage, "92A TAXR", "RateAndAmtDtls/WhldgTaxRate/Rate"),
)
_ELIGIBLE = "AcctDtls/AcctsListAndBalDtls/Bal/TtlElgblBal/Bal/QtyChc/SgndQty"
_CASH_DIRECTION = Line("payment_amount", forms.paid_or_received, "22H CRDB", "CdtDbtInd")
_DIRECTION = Line("entitled_quantity", forms.direction, "22H CRDB", "CdtDbtInd")

ADVICE: Table = (
    Line("reference", forms.identifier, "", "15-: MvmntPrlimryAdvcGnlInf/MvmntPrlimryAdvcId"),
    Line("=NEWM", forms.code, "", "MvmntPrlimryAdvcGnlInf/Tp"),
    Line("=CAPA", forms.code, "", "14-: MvmntPrlimryAdvcGnlInf/Fctn"),
    *GENERAL,
    Line("mandatory_voluntary", forms.code, "GENL/22F CAMV", "CorpActnGnlInf/MndtryVlntryEvtTp/Cd"),
    *PREPARED,
    Line("=ENTL", forms.code, "GENL/25D PROC"),
    *_LINK,
    Line("isin", forms.isin, "USECU/35B", "CorpActnGnlInf/UndrlygScty/FinInstrmId/ISIN"),
    Line("safekeeping_account", forms.identifier, "USECU/ACCTINFO/97A SAFE", "AcctDtls/AcctsListAndBalDtls/SfkpgAcct"),
    Line("eligible_quantity", forms.side, "", f"{_ELIGIBLE}/ShrtLngPos"),
    Line("eligible_quantity", forms.balance, "USECU/ACCTINFO/93B ELIG", f"{_ELIGIBLE}/Qty/Unit"),
    *_DATES,
    Line("=CAPA", forms.code, "CADETL/22F ADDB"),
    Line("option_number", forms.option, "CAOPTN/13A CAON", "CorpActnMvmntDtls/OptnNb"),
    Line("option_type", forms.code, "CAOPTN/22F CAOP", "CorpActnMvmntDtls/OptnTp/Cd"),
    Line("currency", forms.code, "CAOPTN/11A OPTN", "CorpActnMvmntDtls/CcyOptn"),
    Line("is_default_option", forms.flag, "CAOPTN/17B DFLT", "CorpActnMvmntDtls/DfltPrcgOrStgInstr/DfltOptnInd"),
    Each("securities", "CAOPTN/SECMOVE", "CorpActnMvmntDtls/SctiesMvmntDtls", (
        Line("isin", forms.isin, "", "SctyDtls/FinInstrmId/ISIN"),
        _DIRECTION,
        Line("isin", forms.isin, "35B"),
        Line("entitled_quantity", forms.units, "36B ENTL", "EntitldQty/Qty/Unit"),
        *_PAID,
    )),
    Each("cash", "CAOPTN/CASHMOVE", "CorpActnMvmntDtls/CshMvmntDtls", (
        _CASH_DIRECTION,
        *_AMOUNTS,
        Line("payment_amount", forms.money, "19B ENTL", "AmtDtls/EntitldAmt"),
        *_RESULT,
        *_PAID,
        *_RATES,
    )),
)  # fmt: skip
CONFIRMATION: Table = (
    Line("reference", forms.identifier, "", "15-: MvmntConfId"),
    *GENERAL,
    *PREPARED,
    *_LINK,
    Line("safekeeping_account", forms.identifier, "USECU/97A SAFE", "AcctDtls/SfkpgAcct"),
    Line("isin", forms.isin, "USECU/35B", "CorpActnGnlInf/FinInstrmId/ISIN"),
    Line("eligible_quantity", forms.side, "", "AcctDtls/Bal/ConfdBal/Bal/ShrtLngPos"),
    Line("eligible_quantity", forms.balance, "USECU/93B CONB", "AcctDtls/Bal/ConfdBal/Bal/QtyChc/Qty/Unit"),
    *_DATES,
    Line("option_number", forms.option, "CACONF/13A CAON", "CorpActnConfDtls/OptnNb/Nb"),
    Line("option_type", forms.code, "CACONF/22F CAOP", "CorpActnConfDtls/OptnTp/Cd"),
    Line("currency", forms.code, "CACONF/11A OPTN", "CorpActnConfDtls/CcyOptn"),
    Each("securities", "CACONF/SECMOVE", "CorpActnConfDtls/SctiesMvmntDtls", (
        Line("isin", forms.isin, "", "FinInstrmId/ISIN"),
        _DIRECTION,
        Line("isin", forms.isin, "35B"),
        Line("entitled_quantity", forms.units, "36B PSTA", "PstngQty/Qty/Unit"),
        *_POSTED,
    )),
    Each("cash", "CACONF/CASHMOVE", "CorpActnConfDtls/CshMvmntDtls", (
        _CASH_DIRECTION,
        Line("payment_amount", forms.money, "19B PSTA", "AmtDtls/PstngAmt"),
        *_AMOUNTS,
        *_RESULT,
        *_POSTED,
        *_RATES,
    )),
)  # fmt: skip
"""With the function REVR and movements the other way it is the MT566 of what was taken back."""
REVERSAL: Table = (
    Line("previous", forms.identifier, "", "MvmntConfId/Id"),
    *GENERAL,
    Line("isin", forms.isin, "", "CorpActnGnlInf/FinInstrmId/ISIN"),
    Line("safekeeping_account", forms.identifier, "", "AcctDtls/SfkpgAcct"),
    Line("eligible_quantity", forms.side, "", "AcctDtls/ConfdBal/Bal/ShrtLngPos"),
    Line("eligible_quantity", forms.balance, "", "AcctDtls/ConfdBal/Bal/QtyChc/Qty/Unit"),
    *_DATES,
    Line("option_number", forms.option, "", "CorpActnConfDtls/OptnNb/Nb"),
    Line("option_type", forms.code, "", "CorpActnConfDtls/OptnTp/Cd"),
    Each("securities", "", "CorpActnConfDtls/SctiesMvmntDtls", (
        Line("isin", forms.isin, "", "FinInstrmId/ISIN"),
        _DIRECTION,
        Line("entitled_quantity", forms.units, "", "PstngQty/Qty/Unit"),
        Line("posting_date", forms.day, "", "14: PstngDt | PstngDt/Dt"),
    )),
    Each("cash", "", "CorpActnConfDtls/CshMvmntDtls", (
        _CASH_DIRECTION,
        Line("posting_date", forms.day, "", "14: PstngDt | PstngDt/Dt"),
        Line("payment_amount", forms.money, "", "PstngAmt"),
    )),
)  # fmt: skip
