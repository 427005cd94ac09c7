"""What the build job passes on to the kernel."""

from etl import metadata
from etl.pipeline import LOCATORS, _printable
from etl.settings import METADATA


def test_a_failing_check_may_show_keys_public_codes_and_places() -> None:
    shown = _printable(metadata.load(METADATA))
    assert LOCATORS | {"certificate_id", "enterprise_id", "specialty_code", "division_code"} <= shown


def test_a_failing_check_never_shows_a_secret_or_a_persons_attributes() -> None:
    register = metadata.load(METADATA)
    hidden = {name for name, entry in register.fields.items() if entry.sensitivity == "secret"}
    assert "id_number" in hidden
    assert not _printable(register) & (hidden | {"person_name", "birth_date", "sex_code"})
