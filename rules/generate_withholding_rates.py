"""Makes withholding_rates.json from the research file: one row per rate and period, a statutory "*" row per source country.

What the research lacks stands in COUNTRIES: how each country grants relief, the reclaim deadline, the statutory rate's history and its
components. A row whose first day is in no source that was retrieved says so at the start of its `source` (UNVERIFIED); rules/README.md
lists those.
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VERSION = "2026-11-24.2"
AS_OF = "2026-11-24"
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
    "CH": {
        "relief": "STANDARD_REFUND",
        "deadline": {"years": 3, "from": "END_OF_PAYMENT_YEAR"},
        "history": [("1976-01-01", None, "35")],
        "source": "VStG art. 13, art. 32",
    },
}

SINCE: dict[str, str] = {
    "US-GB": "2003-05-01",
    "US-DE": "1990-01-01",
    "US-CA": "1984-10-01",
    "US-AU": "1983-12-01",
    "US-JP": "2004-07-01",
    "US-CN": "1987-01-01",
    "US-IN": "1991-01-01",
    "US-CH": "1998-02-01",
    "JP-CH": "2023-01-01",
    "CH-JP": "2023-01-01",
    "ES-JP": "2022-01-01",
}
"""From when a treaty's rate holds, where that is later than the statutory history begins."""

STATUTORY_ONLY_SINCE: dict[str, str] = {
    "NL": "2007-01-01",
    "DK": "2012-01-01",
    "BE": "2017-01-01",
    "AT": "2016-01-01",
}
"""Start of the present statutory rate, from memory; the other statutory-only countries start at 2010-01-01."""

RETRIEVED: dict[str, tuple[str, ...]] = {
    "FR": ("2020-01-01", "2021-01-01", "2022-01-01"),
    "ES": ("2010-01-01", "2012-01-01", "2015-01-01", "2015-07-12", "2016-01-01", "2022-01-01"),
    "JP": ("2023-01-01",),
    "CH": ("2023-01-01",),
}
"""First days that the research file states without "from memory", by source country: 2022-01-01 of ES and both 2023-01-01 are treaties'."""


def row(country: str, residence: str, owner: str, period: Period, **terms: Any) -> dict[str, Any]:
    """One row of the document; ids are numbered by the caller."""
    valid_from, valid_to, statutory = period
    return {
        "rate_id": "",
        "source_country": country,
        "residence": residence,
        "beneficial_owner": owner,
        "income_type": INCOME_TYPE,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "statutory_rate": statutory,
        "treaty_rate": terms.get("treaty"),
        "tax_relief_method": terms.get("relief", "NONE"),
        "second_level_tax_rate": None,
        "components": [{"name": name, "rate": rate} for name, rate in terms.get("components", ())],
        "reclaim_deadline": terms.get("deadline"),
        "source": terms["source"],
        "as_of": AS_OF,
    }


def country_rows(code: str, terms: dict[str, Any]) -> list[dict[str, Any]]:
    """The statutory "*" rows of one country, a row per period."""
    components, source = terms.get("components", ()), terms["source"]
    return [row(code, "*", "*", period, components=components, source=source) for period in terms["history"]]


def treaty_rows(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """A researched treaty rate over its source country's statutory history, from the treaty's own start."""
    code, residence = entry["source_country"], entry["residence"]
    terms = COUNTRIES[code]
    since = SINCE.get(f"{code}-{residence}", "")
    periods = [(max(start, since), end, rate) for start, end, rate in terms["history"] if end is None or end >= since]
    note = f"; {entry['note']}" if entry.get("note") else ""
    relief = terms["relief"] if entry["treaty_rate"] is not None else "NONE"
    return [
        row(
            code,
            residence,
            entry["beneficial_owner"],
            period,
            treaty=entry["treaty_rate"],
            relief=relief,
            components=terms.get("components", ()),
            deadline=terms["deadline"] if entry["treaty_rate"] is not None else None,
            source=f"{entry['source']} ({entry['source_as_of']}){note}",
        )
        for period in periods
    ]


def us_residents() -> list[dict[str, Any]]:
    """Nothing is withheld from a US person with a W-9; without one, backup withholding."""
    source = "IRC §3406: backup withholding without Form W-9, none with it; 28 % 2003 to 2017, 24 % since 2018"
    periods: list[Period] = [("2003-01-01", "2017-12-31", "28"), ("2018-01-01", None, "24")]
    deadline = COUNTRIES["US"]["deadline"]
    return [
        row("US", "US", "*", period, treaty="0", relief="RELIEF_AT_SOURCE", deadline=deadline, source=source)
        for period in periods
    ]


def document() -> dict[str, Any]:
    """The whole document, rows by country, residence and date."""
    research = json.loads((HERE / "sources" / "withholding_rates_research.json").read_text())["rates"]
    rows = us_residents()
    for code, terms in COUNTRIES.items():
        rows.extend(country_rows(code, terms))
    for entry in research:
        code = entry["source_country"]
        if code in COUNTRIES:
            rows.extend(treaty_rows(entry))
        else:
            period = (STATUTORY_ONLY_SINCE.get(code, "2010-01-01"), None, entry["statutory_rate"])
            source = f"{entry['source']} ({entry['source_as_of']}); {entry['note']}"
            rows.append(row(code, "*", "*", period, source=source))
    for each in rows:
        if each["valid_from"] not in RETRIEVED.get(each["source_country"], ()):
            each["source"] = f"UNVERIFIED first day {each['valid_from']} (not retrieved); {each['source']}"
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
