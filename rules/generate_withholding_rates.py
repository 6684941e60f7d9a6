"""Makes withholding_rates.json: the treaty rates of sources/treaty_tables.json, a row per rate and period, and statutory "*" rows.

COUNTRIES says how each country grants relief, the reclaim deadline, the statutory rate's history and its components. A row whose rate or
first day is in no source that was retrieved says so at the start of its `source` (UNVERIFIED).
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VERSION = "2026-12-01.1"
AS_OF = "2026-11-30"
INCOME_TYPE = "dividend_listed_equity"

Period = tuple[str, str | None, str]

COUNTRIES: dict[str, dict[str, Any]] = {
    "DE": {
        "relief": "STANDARD_REFUND",
        "deadline": {"years": 4, "from": "END_OF_PAYMENT_YEAR"},
        "history": [("2009-01-01", None, "26.375")],
        "components": [("income_tax", "25"), ("solidarity_surcharge", "1.375")],
        "source": "EStG §43a(1) no. 1, SolZG §4; in force by Unternehmensteuerreformgesetz 2008, BGBl. I 2007 p. 1912",
    },
    "JP": {
        "relief": "RELIEF_AT_SOURCE",
        "deadline": {"years": 5, "from": "PAYMENT_DATE"},
        "history": [("2014-01-01", "2037-12-31", "15.315")],
        "components": [("income_tax", "15"), ("reconstruction_income_tax", "0.315")],
        "source": "Act on Special Measures concerning Taxation art. 9-3; reconstruction surtax 2.1 % of the tax, 2013 to 2037",
    },
    "FR": {
        "relief": "RELIEF_AT_SOURCE",
        "deadline": {"years": 2, "from": "END_OF_PAYMENT_YEAR"},
        "history": [
            ("2012-01-01", "2019-12-31", "30"),
            ("2020-01-01", "2020-12-31", "28"),
            ("2021-01-01", "2021-12-31", "26.5"),
            ("2022-01-01", None, "25"),
        ],
        "source": "CGI art. 187; the rate follows corporate income tax since 2020 (research note)",
    },
    "IT": {
        "relief": "RELIEF_AT_SOURCE",
        "deadline": {"years": 4, "from": "PAYMENT_DATE"},
        "history": [("2014-07-01", None, "26")],
        "source": "Decreto-legge 66/2014 art. 3",
    },
    "ES": {
        "relief": "QUICK_REFUND",
        "deadline": {"years": 4, "from": "PAYMENT_DATE"},
        "history": [
            ("2010-01-01", "2011-12-31", "19"),
            ("2012-01-01", "2014-12-31", "21"),
            ("2015-01-01", "2015-07-11", "20"),
            ("2015-07-12", "2015-12-31", "19.5"),
            ("2016-01-01", None, "19"),
        ],
        "source": "TRLIRNR art. 25.1.f; Real Decreto-ley 9/2015 for 2015 (research note)",
    },
    "CA": {
        "relief": "RELIEF_AT_SOURCE",
        "deadline": {"years": 2, "from": "END_OF_PAYMENT_YEAR"},
        "history": [("1976-01-01", None, "25")],
        "source": "Income Tax Act s. 212(2)",
    },
    "US": {
        "relief": "RELIEF_AT_SOURCE",
        "deadline": {"years": 3, "from": "END_OF_PAYMENT_YEAR"},
        "history": [("1954-01-01", None, "30")],
        "source": "IRC §871(a), §1441; deadline IRC §6511(a), counted here from the year's end",
    },
    "AU": {
        "relief": "RELIEF_AT_SOURCE",
        "deadline": {"years": 4, "from": "PAYMENT_DATE"},
        "history": [("2010-01-01", None, "30")],
        "source": "unfranked part; Clearstream 3427172 (2023-02-22): 30 % before any refund",
    },
    "NL": {
        "relief": "STANDARD_REFUND",
        "deadline": {"years": 3, "from": "PAYMENT_DATE"},
        "history": [("2007-01-01", None, "15")],
        "source": "Wet op de dividendbelasting 1965 art. 5; deadline: the shortest period of the treaty countries on belastingdienst.nl",
    },
    "CH": {
        "relief": "STANDARD_REFUND",
        "deadline": {"years": 3, "from": "END_OF_PAYMENT_YEAR"},
        "history": [("1976-01-01", None, "35")],
        "source": "VStG art. 13, art. 32",
    },
}

RESIDENCES = (
    "US",
    "LU",
    "IE",
    "GB",
    "JP",
    "DE",
    "FR",
    "NL",
    "CA",
    "CH",
    "AU",
    "NO",
    "SG",
    "HK",
    "IT",
    "ES",
    "CN",
    "IN",
)
"""Whose rows are written where nothing is withheld from anybody: the ten largest investor residences, and others that the tables name."""

NOTHING_WITHHELD = {
    "GB": "ITA 2007 withholds no income tax from dividends (a REIT's property income: 20 %); matchest.com table of United Kingdom: 0",
    "HK": "no tax is withheld from dividends; marketvector.com/data/withholding-taxes (2020-2025): 0",
}

RESIDENTS: dict[str, tuple[str | None, str, str]] = {
    "DE": (None, "NONE", "EStG §43(5): final tax of a resident, withheld in full"),
    "CH": ("0", "STANDARD_REFUND", "VStG art. 21: residents reclaim it in full (findea.ch, 2019-03-15)"),
    "NL": (None, "NONE", "withheld from residents too, who credit it (business.gov.nl)"),
}
"""Residents of the source country: (treaty rate, relief method, source)."""

RESIDENTS_FALL_BACK = {
    "JP": "an individual pays 15.315 % and 5 % of local tax (city of Inagi, Securities Tax System), a company 15.315 %; "
    "no kind of owner tells them apart",
    "FR": "an individual pays 12.8 % (CGI art. 117 quater) and social contributions (17.2 %: TotalEnergies Shareholder's Guide 2025), "
    "a company nothing; no kind of owner tells them apart",
    "CA": "nothing is withheld from residents (Income Tax Act s. 212(2) taxes non-residents), but 25 % if they hold through "
    "a foreign custodian (Clearstream 3052420, 2024-01-04); no account says where",
    "IT": "not looked up",
    "ES": "not looked up",
    "AU": "not looked up",
}
"""Why a country's residents have no row of their own: the source of its "*" rows says it, and so does whatever is calculated by them."""

STATUTORY_ONLY = {"SG": ("2010-01-01", "0"), "NO": ("2010-01-01", "25"), "DK": ("2012-01-01", "27"), "BE": ("2017-01-01", "30"),
                  "AT": ("2016-01-01", "27.5")}  # fmt: skip
STATUTORY_SOURCE = "marketvector.com/data/withholding-taxes or degiro.cz table (2020-2025); statutory only"

RETRIEVED: dict[str, tuple[str, ...]] = {
    "FR": ("2020-01-01", "2021-01-01", "2022-01-01"),
    "ES": ("2010-01-01", "2012-01-01", "2015-01-01", "2015-07-12", "2016-01-01"),
}
"""First days of statutory rates that a retrieved source states; those of treaties are `since` in the tables."""

Row = dict[str, Any]


def row(country: str, residence: str, period: Period, **terms: Any) -> Row:
    """One row of the document; ids are numbered by the caller."""
    valid_from, valid_to, statutory = period
    doubts = [*terms.get("doubts", ())]
    if valid_from not in (*RETRIEVED.get(country, ()), terms.get("since")):
        doubts.append(f"UNVERIFIED first day {valid_from} (not retrieved)")
    return {
        "rate_id": "",
        "source_country": country,
        "residence": residence,
        "beneficial_owner": terms.get("owner", "*"),
        "income_type": INCOME_TYPE,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "statutory_rate": statutory,
        "treaty_rate": terms.get("treaty"),
        "tax_relief_method": terms.get("relief", "NONE"),
        "second_level_tax_rate": None,
        "components": [{"name": name, "rate": rate} for name, rate in terms.get("components", ())],
        "reclaim_deadline": terms.get("deadline"),
        "source": "; ".join([*doubts, terms["source"]]),
        "as_of": AS_OF,
    }


def country_rows(code: str, terms: dict[str, Any]) -> list[Row]:
    """The statutory "*" rows of one country, a row per period, and those of its own residents."""
    shared = {"components": terms.get("components", ()), "source": terms["source"]}
    why = f"; residents of {code} have no row: {RESIDENTS_FALL_BACK[code]}" if code in RESIDENTS_FALL_BACK else ""
    rows = [row(code, "*", period, **shared | {"source": terms["source"] + why}) for period in terms["history"]]
    if code in RESIDENTS:
        treaty, relief, source = RESIDENTS[code]
        deadline = terms["deadline"] if treaty is not None else None
        own = shared | {"treaty": treaty, "relief": relief, "source": source, "deadline": deadline}
        rows += [row(code, code, period, **own) for period in terms["history"]]
    return rows


def table_rows(table: dict[str, Any]) -> list[Row]:
    """The treaty rates of one table over their country's statutory history, each from the treaty's own start."""
    code = table["source_country"]
    terms, rows = COUNTRIES[code], []
    doubts = ["UNVERIFIED rate (one secondary source, which errs elsewhere)"] if table.get("secondary") else []
    for residence, treaty in table["rates"].items():
        since = table.get("since", {}).get(residence, "")
        of_treaty = {} if treaty is None else {"relief": terms["relief"], "deadline": terms["deadline"]}
        rows += [
            row(
                code,
                residence,
                (max(start, since), end, rate),
                owner="portfolio_investor",
                treaty=treaty,
                since=since,
                doubts=doubts,
                components=terms.get("components", ()),
                source=f"{table['source']} ({table['source_as_of']})",
                **of_treaty,
            )
            for start, end, rate in terms["history"]
            if end is None or end >= since
        ]
    return rows


def us_residents() -> list[Row]:
    """Nothing is withheld from a US person with a W-9; without one, backup withholding."""
    source = "IRC §3406: backup withholding without Form W-9, none with it; 28 % 2003 to 2017, 24 % since 2018"
    periods: list[Period] = [("2003-01-01", "2017-12-31", "28"), ("2018-01-01", None, "24")]
    shared = {"treaty": "0", "relief": "RELIEF_AT_SOURCE", "deadline": COUNTRIES["US"]["deadline"], "source": source}
    return [row("US", "US", period, **shared) for period in periods]


def document() -> dict[str, Any]:
    """The whole document, rows by country, residence and date."""
    tables = json.loads((HERE / "sources" / "treaty_tables.json").read_text(encoding="utf-8"))["tables"]
    rows = us_residents()
    for code, terms in COUNTRIES.items():
        rows += country_rows(code, terms)
    for table in tables:
        rows += table_rows(table)
    for code, source in NOTHING_WITHHELD.items():
        rows += [row(code, residence, ("2010-01-01", None, "0"), source=source) for residence in ("*", *RESIDENCES)]
    for code, (since, rate) in STATUTORY_ONLY.items():
        rows.append(row(code, "*", (since, None, rate), source=STATUTORY_SOURCE))
    rows.sort(
        key=lambda each: (each["source_country"], each["residence"], each["beneficial_owner"], each["valid_from"])
    )
    counts: dict[str, int] = {}
    for each in rows:
        stem = f"{each['source_country']}-{each['residence'].replace('*', 'ANY')}-DIVI"
        counts[stem] = counts.get(stem, 0) + 1
        each["rate_id"] = f"{stem}-{counts[stem]}"
    return {"schema_version": 1, "version": VERSION, "as_of": AS_OF, "rates": rows}


if __name__ == "__main__":
    text = json.dumps(document(), indent=1, ensure_ascii=False)
    (HERE / "withholding_rates.json").write_text(f"{text}\n", encoding="utf-8")
