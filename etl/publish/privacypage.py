"""The catalogue's page on privacy: what was protected, the ledger of frozen tables, what each person is charged."""

from collections.abc import Mapping
from typing import Any

from etl.metadata import Metadata
from etl.publish.methodpages import METHODS, method_title, page_name
from etl.publish.planes import vintage


def privacy_page(charged: Mapping[str, Any], metadata: Metadata, language: str) -> dict[str, Any]:
    """What the template `privacy.html` shows, as text, newest year first. `charged` as written to `disclosure.json`:
    of a family the charge in the newest year that has it.
    """
    families = metadata.rules["disclosure"]["families"]
    newest = {table["family"]: table["rho"] for year in charged["years"] for table in year["tables"]}
    return {
        "explained": metadata.texts[language]["dashboard.protected.explained"],
        "ceiling": rho_text(charged["rho_ceiling"]),
        "families": [
            {"name": _name(families, name, language), "rho": rho_text(rho)} for name, rho in newest.items()
        ],
        "methods": [
            {"title": method_title(method, language), "href": f"{page_name(method)}.html"}
            for method in METHODS
        ],
        "ended": charged.get("microdata", {}).get(language),
        "years": [
            {
                "year": year["year"],
                "rho": rho_text(year["rho"]),
                "cumulated": rho_text(year["rho_cumulated"]),
                "tables": [_table(year["year"], table, families, language) for table in year["tables"]],
            }
            for year in reversed(charged["years"])
        ],
    }


def _table(year: int, table: Mapping[str, Any], families: Mapping[str, Any], language: str) -> dict[str, str]:
    return {
        "name": _name(families, table["family"], language),
        "href": vintage(year, table["family"]),
        "release": table["release"],
        "rows": f"{table['rows']:,}",
        "rho": rho_text(table["rho"]),
        "sha256": table["sha256"],
    }


def _name(families: Mapping[str, Any], name: str, language: str) -> str:
    """What a family is called, by its code where it is no longer declared."""
    return str(families.get(name, {language: name})[language])


def rho_text(value: float) -> str:
    """A charge as it is written on every page."""
    return f"{value:.3f}"
