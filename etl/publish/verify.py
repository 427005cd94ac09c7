"""What anybody who holds a release can examine without the store it came from."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from etl.errors import Refused
from etl.publish import gates, planes
from etl.publish.gates import Gate
from etl.publish.leaks import no_pattern
from etl.publish.release import read_json


def verify(release: Path) -> list[Gate]:
    """Examines hashes, open columns against their descriptors, lookup and dashboard, and every byte for patterns."""
    examinations: dict[str, Callable[[], Gate]] = {
        "hashes of the release": partial(gates.hashes, release),
        "hashes of open": partial(gates.hashes, release / "open"),
        "descriptors": partial(descriptors, release),
        "vintages": partial(planes.vintages, release),
        "gates": partial(passed_gates, release),
        "workforce": partial(gates.workforce_answers, release),
        "lookup": partial(_lookup, release),
        "leaks": partial(no_pattern, release),
    }
    return [_examined(name, examine) for name, examine in examinations.items()]


def check_untouched(release: Path) -> None:
    """That the files of a release are those that were published.

    Raises:
        Refused: naming the first that are not.
    """
    problems = gates.hashes(release).problems
    if problems:
        raise Refused(
            "发布的文件被改动 | files of the release were touched: " + "; ".join(problems[:3]),
            where=str(release),
            rule="SHA256SUMS",
            remedy="用 jzs verify 看全部；攻击须对所公布的文件进行 | `jzs verify` tells all; an attack is on what "
            "was published",
        )


def _examined(name: str, examine: Callable[[], Gate]) -> Gate:
    """The verdict; a file too damaged to be read is a problem, not a crash."""
    try:
        return examine()
    except Exception as error:
        return Gate(name, {}, [f"无法读取 unreadable: {type(error).__name__}"])


def _lookup(release: Path) -> Gate:
    return gates.lookup_answers(release, read_json(release / "manifest.json")["lookup"])


def descriptors(release: Path) -> Gate:
    """Every open table has exactly the columns that its data package describes."""
    folders = sorted(path.parent for path in release.glob("open/datasets/*/datapackage.json"))
    return Gate("descriptors", {"datasets": len(folders)}, [p for f in folders for p in _problems(f)])


def _problems(folder: Path) -> Iterator[str]:
    schema = read_json(folder / "datapackage.json")["resources"][0]["schema"]
    described = [field["name"] for field in schema["fields"]]
    for suffix in ("csv", "parquet"):
        path = folder / f"{folder.name}.{suffix}"
        if gates.open_columns(path) != described:
            yield f"{path.name}: 列与说明不符 columns differ from the data package"


def passed_gates(release: Path) -> Gate:
    """The record of the gates that it passed when it was made."""
    record = read_json(release / "gate.json")
    failed = [gate["name"] for gate in record["gates"] if not gate["passed"]]
    return Gate("gates", {"recorded": len(record["gates"])}, failed)
