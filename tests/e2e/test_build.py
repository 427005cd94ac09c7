"""The whole build on a small synthetic register: bytes, bad input, kills, a full disk."""

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from etl.publish.release import SUMS, current_version, read_json, read_sums, release_path, versions
from etl.settings import METADATA, Store

AS_OF = "2026-10-31"
JZS = (sys.executable, "-c", "import sys; from etl.cli import main; sys.exit(main())")


def jzs(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [*JZS, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def build(source: Path, store: Store, *more: object, **options: object) -> subprocess.CompletedProcess[str]:
    return jzs("build", "--source", source, "--store", store.root, "--as-of", AS_OF, *more, **options)


def served_sums(store: Store) -> dict[str, str]:
    """Hashes of the release being served, but for that of `gate.json`, which tells run times."""
    sums = read_sums(store.current / SUMS)
    return {name: digest for name, digest in sums.items() if name != "gate.json"}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exports") / "x"
    done = jzs("synth", "--out", out, "--persons", 300, "--seed", 3, "--divisions", "110000,640000")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key file, from which the keys of protected tables are derived, too."""
    path = tmp_path_factory.mktemp("key") / "given.key"
    path.write_text("5a" * 32 + "\n", "ascii")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="module")
def built(exports: Path, key: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("built") / "store")
    done = build(exports, store, "--key", key)
    assert done.returncode == 0, done.stderr
    return store


@pytest.fixture
def store(built: Store, tmp_path: Path) -> Store:
    """A store that serves a release, to be disturbed."""
    shutil.copytree(built.root, tmp_path / "store", symlinks=True)
    return Store(tmp_path / "store")


def test_the_release_passes_its_own_examination(built: Store) -> None:
    done = jzs("verify", "2026.10.0", "--store", built.root)
    assert done.returncode == 0, done.stdout


def test_two_stores_with_one_key_hold_the_same_bytes(
    built: Store, exports: Path, key: Path, tmp_path: Path
) -> None:
    again = Store(tmp_path / "again")
    done = build(exports, again, "--key", key)
    assert done.returncode == 0, done.stderr
    assert served_sums(again) == served_sums(built)


def test_a_build_with_nothing_changed_makes_no_release(store: Store, exports: Path) -> None:
    done = build(exports, store, "--json")
    assert '"released": false' in done.stdout
    assert len(versions(store)) == 1


@pytest.mark.parametrize(
    "kept", ["2025/*.units.parquet", "2025/education.json", "microdata/open/2025/held.parquet"]
)
def test_a_build_with_nothing_changed_refuses_what_was_touched_of_the_frozen(
    store: Store, exports: Path, kept: str
) -> None:
    (path,) = store.frozen.glob(kept)
    path.write_bytes(path.read_bytes() + b" ")
    done = build(exports, store)
    assert done.returncode == 1
    assert "touched" in done.stderr
    assert path.name in done.stderr


def test_restricted_files_are_closed_to_others(built: Store) -> None:
    assert [
        path for path in (built.restricted, *built.restricted.rglob("*")) if path.stat().st_mode & 0o077
    ] == []
    assert (built.keys / "pseudonym.key").stat().st_mode & 0o777 == 0o600


def missing_folder(exports: Path, metadata: Path) -> Path:
    return exports / "missing"


def empty_file(exports: Path, metadata: Path) -> Path:
    next(exports.rglob("*.csv")).write_bytes(b"")
    return exports


def truncated_workbook(exports: Path, metadata: Path) -> Path:
    path = next(exports.rglob("*.xlsx"))
    path.write_bytes(path.read_bytes()[:-400])
    return exports


def unknown_column(exports: Path, metadata: Path) -> Path:
    path = next(exports.rglob("education_list*.csv"))
    first, *rest = path.read_bytes().split(b"\n")
    lines = [first.rstrip(b"\r") + b",shoe_size"] + [line.rstrip(b"\r") + b",42" for line in rest if line]
    path.write_bytes(b"\n".join(lines))
    return exports


def metadata_typo(exports: Path, metadata: Path) -> Path:
    path = metadata / "register.yaml"
    path.write_text(path.read_text("utf-8").replace("publisher:", "publischer:"), encoding="utf-8")
    return exports


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (missing_folder, "missing"),
        (empty_file, ".csv"),
        (truncated_workbook, ".xlsx"),
        (unknown_column, "shoe_size"),
        (metadata_typo, "register.yaml:"),
    ],
)
def test_bad_input_is_told_and_leaves_the_release(
    harm: Callable[[Path, Path], Path], told: str, store: Store, exports: Path, tmp_path: Path
) -> None:
    before = served_sums(store)
    copied = Path(shutil.copytree(exports, tmp_path / "exports"))
    metadata = tmp_path / "metadata"
    shutil.copytree(METADATA, metadata, ignore=shutil.ignore_patterns("schemas", "fields.yaml"))
    done = build(harm(copied, metadata), store, "--metadata", metadata)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and told in done.stderr
    assert served_sums(store) == before
    assert not list(store.releases.glob(".candidate-*"))


@pytest.mark.parametrize("reached", ["metadata", "ingest", "privacy", "models", "protect"])
def test_a_killed_build_leaves_the_release_and_the_next_one_succeeds(
    reached: str, store: Store, exports: Path, tmp_path: Path
) -> None:
    before = served_sums(store)
    changed = fewer(exports, tmp_path)
    kill_after(lambda line: line.startswith(reached), changed, store)
    assert served_sums(store) == before
    assert [str(version) for version in versions(store)] == ["2026.10.0"]
    done = build(changed, store)
    assert done.returncode == 0, done.stderr
    assert str(current_version(store)) == "2026.10.1"


def test_a_build_killed_while_it_writes_a_release_leaves_no_half_of_it(
    store: Store, exports: Path, tmp_path: Path
) -> None:
    before = served_sums(store)
    changed = fewer(exports, tmp_path)
    kill_after(lambda line: line.startswith("protect") and wait_for(store, "open/catalogue"), changed, store)
    assert served_sums(store) == before
    assert [str(version) for version in versions(store)] == ["2026.10.0"]
    assert build(changed, store).returncode == 0
    assert sorted(path.name for path in store.releases.iterdir()) == ["2026.10.0", "2026.10.1"]


def test_a_build_that_a_supervisor_ends_leaves_the_release_and_no_candidate(
    store: Store, exports: Path, tmp_path: Path
) -> None:
    before = served_sums(store)
    arguments = ["build", "--source", fewer(exports, tmp_path), "--store", store.root, "--as-of", AS_OF]
    with subprocess.Popen([*JZS, *map(str, arguments)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert any(line.startswith("models") for line in child.stdout)
        child.terminate()
        child.communicate()
    assert child.returncode == 130
    assert served_sums(store) == before
    assert not list(store.releases.glob(".candidate-*"))


def fewer(exports: Path, tmp_path: Path, files: str = "education_list_*.csv") -> Path:
    """A copy of the exports whose first such file lacks a tenth of its rows: fewer, but no fewer than its floor."""
    changed = Path(shutil.copytree(exports, tmp_path / "exports"))
    path = min(changed.rglob(files))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: -max(1, len(lines) // 10)]))
    return changed


def kill_after(reached: Callable[[str], bool], source: Path, store: Store) -> None:
    """Starts a build and kills it, and all that it started, at the first status line that says so."""
    arguments = ["build", "--source", source, "--store", store.root, "--as-of", AS_OF]
    with subprocess.Popen(
        [*JZS, *map(str, arguments)], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        assert child.stdout is not None
        assert any(reached(line) for line in child.stdout)
        os.killpg(child.pid, signal.SIGKILL)


def wait_for(store: Store, name: str) -> bool:
    """Waits until the candidate holds a file or folder."""
    while not list(store.releases.glob(f".candidate-*/{name}")):
        pass
    return True


@pytest.mark.parametrize("part", [100, 2, 1.05], ids=["of exports", "of rows", "of indexes"])
def test_a_full_disk_is_told_and_leaves_the_release(
    part: float, store: Store, exports: Path, tmp_path: Path
) -> None:
    before = served_sums(store)
    changed = fewer(exports, tmp_path)
    largest = int((store.current / "served/lookup.sqlite").stat().st_size / part)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    done = build(changed, store, preexec_fn=limit)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "disk" in done.stderr
    assert served_sums(store) == before
    assert [str(version) for version in versions(store)] == ["2026.10.0"]


def test_a_second_build_at_the_same_time_is_refused(store: Store, exports: Path) -> None:
    with (store.restricted / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = build(exports, store)
    assert done.returncode == 1
    assert "another build" in done.stderr


def test_an_as_of_date_before_that_of_the_release_is_refused_before_exports_are_read(
    store: Store, exports: Path
) -> None:
    before = served_sums(store)
    done = jzs("build", "--source", exports, "--store", store.root, "--as-of", "2026-09-30")
    assert done.returncode == 1
    assert "before that of 2026.10.0" in done.stderr
    assert "ingest" not in done.stdout
    assert served_sums(store) == before
    assert len(versions(store)) == 1


def test_exports_that_end_before_the_release_are_refused_before_models_are_built(
    store: Store, exports: Path
) -> None:
    manifest = store.current / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(AS_OF, "2026-11-30"), "utf-8")
    done = jzs("build", "--source", exports, "--store", store.root)
    assert done.returncode == 1
    assert "not before 2026-11-30" in done.stderr
    assert "linking" not in done.stdout


def test_models_of_an_earlier_day_may_be_looked_at_without_a_release(store: Store, exports: Path) -> None:
    before = served_sums(store)
    select = ("--as-of", "2026-09-30", "--select", "core_project__entity")
    done = jzs("build", "--source", exports, "--store", store.root, *select)
    assert done.returncode == 0, done.stderr
    assert served_sums(store) == before


def test_rollback_serves_the_release_before(store: Store, exports: Path, tmp_path: Path) -> None:
    changed = fewer(exports, tmp_path)
    first = served_sums(store)
    assert build(changed, store).returncode == 0
    assert jzs("rollback", "--store", store.root).returncode == 0
    assert served_sums(store) == first


def test_what_was_rolled_back_is_served_again_only_by_name(
    store: Store, exports: Path, tmp_path: Path
) -> None:
    changed = fewer(exports, tmp_path)
    assert build(changed, store).returncode == 0
    second = served_sums(store)
    assert jzs("rollback", "--store", store.root).returncode == 0
    first = served_sums(store)
    again = build(changed, store)
    assert again.returncode == 1
    assert "jzs rollback 2026.10.1" in again.stderr
    assert served_sums(store) == first
    assert jzs("rollback", "2026.10.1", "--store", store.root).returncode == 0
    assert served_sums(store) == second


def test_a_vanished_certificate_is_counted(store: Store, exports: Path, tmp_path: Path) -> None:
    done = build(fewer(exports, tmp_path, "roster_*.csv"), store)
    assert done.returncode == 0, done.stderr
    version = current_version(store)
    assert version is not None
    certificates = read_json(release_path(store, version) / "open" / "diff.json")["certificates"]
    assert certificates["vanished"] > 0


def test_a_new_export_of_one_division_touches_only_what_follows_from_it(
    store: Store, exports: Path, tmp_path: Path
) -> None:
    source = tmp_path / "next"
    shutil.copytree(exports, source)
    (path,) = source.glob("64_*/insurance_list_*.csv")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    done = jzs("build", "--source", source, "--store", store.root, "--as-of", AS_OF, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["ingest"]["read"], report["ingest"]["again"]) == (1, 0)
    reasons = {reason for model in report["models"] for reason in model["why"]}
    assert "stg_insurance" in reasons
    assert {reason for reason in reasons if reason.startswith("stg_")} == {"stg_insurance"}
    states = {model["name"]: model["state"] for model in report["models"]}
    assert states["core_registration__history"] == "kept"


def test_the_same_bytes_under_other_names_make_no_release(
    store: Store, exports: Path, tmp_path: Path
) -> None:
    source = tmp_path / "again"
    shutil.copytree(exports, source)
    for path in source.glob("64_*/*"):
        path.rename(path.with_name(path.name.replace("_01", "_02")))
        path.with_name(path.name.replace("_01", "_02")).touch()
    before = served_sums(store)
    done = jzs("build", "--source", source, "--store", store.root, "--as-of", AS_OF, "--json")
    assert json.loads(done.stdout)["released"] is False
    assert served_sums(store) == before


def test_what_vanished_is_counted_in_public_and_named_in_the_restricted_zone(
    store: Store, exports: Path, tmp_path: Path
) -> None:
    assert build(fewer(exports, tmp_path), store).returncode == 0
    moved = read_json(store.current / "open/balance.json")["change"]
    gone = sum(row["vanished"] for row in moved)
    kept = store.accepted(store.current.readlink().name) / "vanished.parquet"
    assert gone == duckdb.sql(f"SELECT count(*) FROM '{kept}'").fetchall()[0][0] > 0
