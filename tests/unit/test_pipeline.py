"""What the build job passes on to the kernel."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.errors import Refused
from etl.kernel import discover
from etl.metadata import Metadata
from etl.pipeline import LOCATORS, _printable, check_columns


def test_a_column_that_was_not_judged_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "sql" / "core" / "core_x.sql"
    model.parent.mkdir(parents=True)
    model.write_text("-- 题 | title\nSELECT as_of FROM param_build\n", "utf-8")
    models = discover(tmp_path / "sql")
    file = tmp_path / "core_x.parquet"
    pq.write_table(pa.table({"as_of": [1]}), file)
    check_columns(models, {"core_x": file}, {"core_x": ("as_of",)})
    pq.write_table(pa.table({"as_of": [1], "id_number": ["x"]}), file)
    with pytest.raises(Refused, match="not those that were judged"):
        check_columns(models, {"core_x": file}, {"core_x": ("as_of",)})


def test_a_failing_check_may_show_keys_public_codes_and_places(metadata: Metadata) -> None:
    shown = _printable(metadata)
    assert LOCATORS | {"certificate_id", "enterprise_id", "specialty_code", "division_code"} <= shown


def test_a_failing_check_never_shows_a_secret_or_a_persons_attributes(metadata: Metadata) -> None:
    hidden = {name for name, entry in metadata.fields.items() if entry.sensitivity == "secret"}
    assert "id_number" in hidden
    assert not _printable(metadata) & (hidden | {"person_name", "birth_date", "sex_code"})
