"""The catalogue's page on privacy: what was protected, the ledger of frozen tables, what each person is charged."""

from collections.abc import Mapping
from typing import Any

from etl.metadata import Metadata
from etl.metadata.disclosure import rho
from etl.publish.planes import vintage


def privacy_page(charged: Mapping[str, Any], metadata: Metadata, language: str) -> dict[str, Any]:
    """What the template `privacy.html` shows, as text. `charged` as written to `disclosure.json`, newest year first."""
    families = metadata.rules["disclosure"]["families"]
    told = {table["family"] for year in charged["years"] for table in year["tables"]}
    return {
        "explained": metadata.texts[language]["dashboard.protected.explained"],
        "ceiling": rho_text(charged["rho_ceiling"]),
        "families": [
            {"name": family[language], "rho": rho_text(float(rho(family)))}
            for name, family in families.items()
            if name in told
        ],
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
    family = families.get(table["family"], {language: table["family"]})
    return {
        "name": family[language],
        "href": vintage(year, table["family"]),
        "release": table["release"],
        "rows": f"{table['rows']:,}",
        "rho": rho_text(table["rho"]),
        "sha256": table["sha256"],
    }


def rho_text(value: float) -> str:
    """A charge as it is written on every page."""
    return f"{value:.3f}"
