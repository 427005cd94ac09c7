"""A small register: two staging tables, two core models, one safe model, and one more to judge."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from etl.kernel.model import discover
from etl.privacy.sensitivity import Declassifier
from etl.privacy.typecheck import Leak, check


class Entry(NamedTuple):
    sensitivity: str
    role: str | None = None
    public_in: tuple[str, ...] = ()


FIELDS = {
    **dict.fromkeys(("division_code", "status_code", "valid_from", "persons", "year"), Entry("public")),
    "code": Entry("public"),
    **dict.fromkeys(("person_name", "public_id"), Entry("protected")),
    **dict.fromkeys(("sex_code", "birth_date", "insured_month"), Entry("restricted")),
    **dict.fromkeys(("month", "place_code", "permit_no"), Entry("public")),
    "ends_on": Entry("restricted", "day", public_in=("permit",)),
    "untold": Entry("restricted"),
    "seen_on": Entry("public", "edition"),
    "id_number": Entry("secret", "identifier"),
    "event_no": Entry("restricted", "identifier"),
    "event_id": Entry("restricted", "key"),
    "person_id": Entry("secret", "key"),
    "person_ref": Entry("protected", "key"),
    "enterprise_id": Entry("public", "key"),
}
DECLASSIFIERS = (
    Declassifier("keyed_pseudonym", "secret", "protected", "", of=(("person_id",),)),
    Declassifier("birth_decade", "restricted", "public", "", of=(("birth_date",),)),
    Declassifier("month_of", "restricted", "public", "", of=(("ends_on",),)),
    Declassifier(
        "month_unless",
        "restricted",
        "public",
        "",
        row=(("safe_ending.ends_on",), ("safe_ending.untold",)),
    ),
    Declassifier("first_seen", "restricted", "public", "", of=(("ends_on",), ("as_of",))),
    Declassifier("is_later", "restricted", "public", "", of=(("ends_on",), ("ends_on",))),
    Declassifier("differs", "restricted", "public", "", of=(("sex_code",), ("sex_code",))),
    Declassifier("count_persons", "protected", "public", "", of=(("person_ref",),)),
)
SCHEMAS = {
    "stg_registration": (
        *("id_number", "person_name", "sex_code", "birth_date", "division_code", "status_code", "valid_from"),
        "enterprise_id",
    ),
    "stg_event": ("event_no", "id_number", "status_code", "valid_from"),
    "stg_ending": ("id_number", "place_code", "ends_on"),
    "stg_edition": ("place_code", "seen_on"),
    "stg_permit": ("permit_no", "ends_on"),
    "stg_insurance": ("id_number", "insured_month"),
    "codes_division": ("code", "zh", "en"),
    "param_build": ("as_of",),
    "param_withdrawal": ("public_id",),
}
PREFIXES = {"core": "core", "safe": "safe", "open": "mart", "served": "served", "sensitive": "mart"}
BASE = {
    "core/core_person__entity": "SELECT md5(id_number) AS person_id, id_number, person_name, sex_code,"
    " birth_date, division_code, status_code, valid_from, enterprise_id FROM stg_registration",
    "core/core_insurance__monthly": "SELECT md5(id_number) AS person_id, insured_month FROM stg_insurance",
    "safe/safe_person__entity": "SELECT keyed_pseudonym(person_id) AS person_ref, person_name, sex_code,"
    " birth_date, division_code, status_code, valid_from, enterprise_id FROM core_person__entity",
}
FOLDERS = {
    **{"core": "core", "safe": "safe"},
    **{zone: f"mart/{zone}" for zone in ("open", "served", "sensitive")},
}

Judge = Callable[..., list[Leak]]


def judge(
    root: Path, zone: str, sql: str, header: str = "", others: dict[str, str] | None = None
) -> list[Leak]:
    """Leaks when `sql` is the model `<layer>_judged` of a zone, beside the base models and `others`."""
    files = {**BASE, **(others or {}), f"{FOLDERS[zone]}/{PREFIXES[zone]}_judged": sql}
    for name, text in files.items():
        path = root / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"-- 题 | title\n{header if name.endswith('judged') else ''}{text}\n", "utf-8")
    return list(check(discover(root), FIELDS, DECLASSIFIERS, SCHEMAS).leaks)
