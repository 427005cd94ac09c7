"""Files for all provinces together."""

from pathlib import Path

import pytest

from etl.synth.national import Piece, Place, join
from tests.integration.synth.synthetic import Register


def written(out: Path, suffix: str, rows: int = 2) -> list[Piece]:
    """Three pieces of one layout, of `rows` rows each."""
    pieces = []
    for part in ("11_01", "11_02", "62_01"):
        name = f"all/list_{part}{suffix}"
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{part},{row}\n" for row in range(rows)]
        path.write_text("".join((["\ufeffa,b\n"] if suffix == ".csv" else []) + lines), "utf-8")
        pieces.append(Piece("list", name, rows))
    return pieces


@pytest.mark.parametrize(("suffix", "header"), [(".csv", ["\ufeffa,b"]), (".jsonl", [])])
def test_pieces_become_one_file_with_one_header(tmp_path: Path, suffix: str, header: list[str]) -> None:
    places = join(tmp_path, written(tmp_path, suffix), 1 << 20)
    assert [path.name for path in (tmp_path / "all").iterdir()] == [f"list_01{suffix}"]
    rows = ["11_01,0", "11_01,1", "11_02,0", "11_02,1", "62_01,0", "62_01,1"]
    assert (tmp_path / f"all/list_01{suffix}").read_text("utf-8").splitlines() == [*header, *rows]
    assert places[f"all/list_62_01{suffix}"] == Place(f"all/list_01{suffix}", 4)


def test_a_file_is_split_at_its_size(tmp_path: Path) -> None:
    pieces = written(tmp_path, ".csv")
    size = (tmp_path / pieces[0].name).stat().st_size
    places = join(tmp_path, pieces, 2 * size)
    assert places["all/list_62_01.csv"] == Place("all/list_02.csv", 0)
    assert (tmp_path / "all/list_02.csv").read_text("utf-8").startswith("\ufeffa,b\n62_01,0")


def test_the_platform_has_one_file_for_all_provinces(register: Register) -> None:
    assert [path.name for path in register.out.rglob("enterprise_list*")] == ["enterprise_list_01.csv"]
    text = (register.out / "national/enterprise_list_01.csv").read_text("utf-8-sig")
    assert "甘肃省" in text and "宁夏回族自治区" in text
