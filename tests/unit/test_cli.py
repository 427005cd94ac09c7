"""The command line: usage, exit codes, and how errors are told."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest

from etl import cli
from etl.commands import releases
from etl.commands.usage import in_both
from etl.errors import BadInput, Refused
from etl.run import StageError
from etl.settings import Store


def command(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Makes `jzs status` raise an error."""

    def fail(options: argparse.Namespace) -> None:
        raise error

    monkeypatch.setattr(releases, "status", fail)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from etl.cli import main\n"
        "heavy = ('duckdb', 'pyarrow', 'rich', 'yaml')\n"
        "try: main(['--help'])\n"
        "except SystemExit: sys.exit(int(any(name in sys.modules for name in heavy)))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["build", "--source", "x"],
        ["build", "--source", "x", "--store", "y", "--as-of", "2026-13-01"],
        ["build", "--source", "x", "--store", "y", "--as-of", "0001-01-01"],
        ["build", "--source", "x", "--store", "y", "--as-of", "9999-12-31"],
        ["build", "--source", "x", "--store", "y", "--select", ","],
        ["build", "--source", "x", "--store", "y", "--json=1"],
        ["quarantine", "list", "--store", "x", "--responsible", "me"],
        ["status", "--store", "x", "--colour"],
        ["synth", "--out"],
        ["synth", "--out", "x", "--seed", "one"],
        ["synth", "--out", "x", "--seed=-5"],
        ["serve", "--store", "x", "--port", "high"],
        ["serve", "--store", "x", "--port", "65534"],
        ["serve", "--store", "x", "--front-url", "data.example.org"],
        ["synth", "--out", "x", "--persons", "0"],
        ["withdraw", "add", "p", "--ground", "court", "--by", " ", "--reason", "r", "--store", "x"],
        ["withdraw", "add", "p", "--ground", "court", "--by", "n", "--reason", "", "--store", "x"],
        [
            "corrections",
            "decide",
            "i",
            "accepted",
            "--ground",
            "g",
            "--by",
            "n",
            "--reason",
            "",
            "--store",
            "x",
        ],
    ],
)
def test_bad_usage_exits_with_two_and_is_told_in_both_languages(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    usage, told = capsys.readouterr().err.split("\njzs", 1)
    assert usage.startswith("用法 usage: jzs")
    assert re.search(r"[\u4e00-\u9fff].*\| [a-z]", told)
    assert "bad usage" not in told


def test_an_option_that_is_misspelt_is_named_although_another_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["status", "--stroe", "x"])
    assert "jzs status: 不认识 --stroe | unrecognised: --stroe" in capsys.readouterr().err


@pytest.mark.parametrize("reason", ["--so it is", "-"])
def test_a_value_that_begins_like_an_option_is_no_unknown_option(
    reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["withdraw", "add", "p", "--ground", "court", "--by", "n", "--reason", reason]
    cli.main([*words, "--store", str(tmp_path)])
    assert "unrecognised" not in capsys.readouterr().err


def test_what_follows_two_dashes_is_no_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--store", str(tmp_path), "--", "--odd"]) == 2
    assert "no such release: --odd" in capsys.readouterr().err


def test_too_many_values_are_told_with_the_usage_of_the_command_that_got_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["review", "show", "1", "2", "--store", "x"])
    told = capsys.readouterr().err
    assert told.startswith("用法 usage: jzs review show ")
    assert "jzs review show: 不认识 2 | unrecognised: 2" in told


def test_a_sentence_of_the_parser_that_is_not_known_is_announced_in_both_languages() -> None:
    assert in_both("something new") == "用法有误 | bad usage: something new"


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [("--select", "mart_nothing", "no model matches"), ("--key", "no.key", "no such file")],
)
def test_options_of_a_build_are_judged_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, told: str
) -> None:
    store = tmp_path / "store"
    arguments = ["build", "--source", str(tmp_path / "nowhere"), "--store", str(store), option, value]
    assert cli.main(arguments) == 2
    assert told in capsys.readouterr().err
    assert not store.exists()


def test_help_is_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["build", "--help"])
    said = capsys.readouterr().out
    assert all(words in said for words in ("用法 usage:", "选项 options:", "显示帮助 | show this help"))


def test_an_empty_store_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--store", str(tmp_path)]) == 2
    assert "jzs build" in capsys.readouterr().err


def test_a_port_without_two_more_after_it_is_told_so_in_both_languages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["serve", "--store", "x", "--port", "99999"])
    assert "其后还要两个 | not a port with two more after it: 99999" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["withdraw list", "withdraw publish", "rollback"])
def test_a_store_that_is_not_there_is_bad_input(
    words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words.split(), "--store", str(tmp_path / "nope")]) == 2
    assert "there is no store here" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["build", "--source", str(tmp_path / "x"), "--store", str(tmp_path / "file" / "s")]) == 2
    told = capsys.readouterr().err
    assert str(tmp_path / "file" / "s") in told
    assert "choose another place" in told


@pytest.mark.parametrize(("source", "store"), [("a", "a/b"), ("a/b", "a"), ("a", "a")])
def test_a_store_in_the_source_or_around_it_is_bad_input(
    tmp_path: Path, source: str, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", "--source", str(tmp_path / source), "--store", str(tmp_path / store)]) == 2
    assert "must not lie in each other" in capsys.readouterr().err


def test_an_unknown_release_is_bad_input(tmp_path: Path) -> None:
    assert cli.main(["verify", str(tmp_path / "2026.1.0")]) == 2


@pytest.mark.parametrize(
    ("error", "code"), [(Refused("no"), 1), (BadInput("no"), 2), (KeyboardInterrupt(), 130)]
)
def test_exit_code_follows_the_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: BaseException, code: int
) -> None:
    command(monkeypatch, error)
    assert cli.main(["status", "--store", str(tmp_path)]) == code


def test_an_unforeseen_error_is_told_in_one_line_without_its_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = StageError("ingest")
    error.__cause__ = ValueError("990000190001010019")
    command(monkeypatch, error)
    assert cli.main(["status", "--store", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("ingest: ") and "ValueError" in told
    assert "990000190001010019" not in told and "Traceback" not in told


def test_the_trace_of_an_unforeseen_error_stands_in_the_restricted_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command(monkeypatch, ValueError("cause"))
    cli.main(["status", "--store", str(tmp_path)])
    (log,) = (Store(tmp_path).restricted / "log").iterdir()
    assert "ValueError: cause" in log.read_text("utf-8")


def test_verify_of_a_damaged_release_exits_with_one(tmp_path: Path) -> None:
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  missing\n")
    assert cli.main(["verify", str(tmp_path)]) == 1


def test_lineage_follows_a_column_through_a_declassifier(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lineage", "served_certificate.public_id"]) == 0
    assert "stg_registration.registration_no" in capsys.readouterr().out
