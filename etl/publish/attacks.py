"""The gate `attacks`: what a person who holds this release, and all that was released before, could find out.

The suite is `etl.privacy.attacks`, its bounds `rules/attacks.yaml`. The truth serves for scoring alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from etl.metadata import Metadata
from etl.privacy.attacks import Evidence, Rules, attack_gate, figures, problems, record
from etl.privacy.attacks.reading import Kept, KeptFile, evidence
from etl.privacy.frozen import Protection, noise_log_of, units_of, whole_of
from etl.privacy.ledger import Entry
from etl.privacy.microdata.files import Microdata, attackable
from etl.privacy.microdata.frozen import HELD, RECORDS
from etl.publish.gates import Gate
from etl.publish.release import write_json


def ready() -> None:
    """Nothing: a process that has done it has loaded what the attacks need, which takes a second."""


def attacks(
    release: Path,
    previous: Path | None,
    protection: Protection,
    metadata: Metadata,
    *,
    keys: Mapping[int, bytes],
    file: Microdata | None,
    full: Path,
) -> Gate:
    """Attacks the protected tables of a candidate.

    `previous`: the release before, whose frozen tables have to be the same (the ledger vouches for those before it).
    `keys`: the key of every year that still has one. `file`: microdata, with the findings of the attacks on it.
    `full`: a file of the restricted zone for all figures; the gate has only those that tell nothing of the truth
    (docs/decisions/0013).
    """
    rules = metadata.rules["attacks"]
    held = Evidence((), (), keys=keys, release=release)
    if protection.tables:
        held = evidence(
            release,
            kept=kept(protection.tables),
            logs=_noise_logs(protection),
            keys=keys,
            files=microdata_files(file, metadata) if file else (),
            earlier=[previous] if previous and (previous / "open/vintages").is_dir() else [],
        )
    if file:
        held = replace(held, elsewhere=attackable(file, metadata.rules["microdata"]))
    found = attack_gate(held, Rules.of(rules), file.findings if file else ())
    full.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(full, record(found))
    return Gate("attacks", figures(found, rules["metrics"]), problems(found, rules["metrics"]))


def kept(tables: Mapping[Entry, Path]) -> dict[tuple[int, str], Kept]:
    """What stands beside protected tables, made or frozen."""
    return {
        (entry.year, entry.family): Kept(units_of(path, entry), whole_of(path))
        for entry, path in tables.items()
    }


def kept_file(folder: Path, year: int, metadata: Metadata) -> KeptFile:
    """Microdata of a year in a folder, made or frozen."""
    rules = metadata.rules["microdata"]
    return KeptFile(year, folder / RECORDS, folder / HELD, rules["unit"], rules["columns"])


def microdata_files(file: Microdata, metadata: Metadata) -> list[KeptFile]:
    """The file of a release, and those of other tiers that were handed over for its year."""
    others = sorted(path for path in file.home.parent.parent.glob(f"*/{file.year}") if path != file.home)
    return [kept_file(folder, file.year, metadata) for folder in (file.folder, *others)]


def _noise_logs(protection: Protection) -> dict[str, dict[int, pa.Table]]:
    """Family -> year -> noise of the tables made for this release: that of frozen ones is not kept."""
    logs: dict[str, dict[int, pa.Table]] = {}
    for entry, path in protection.made.items():
        logs.setdefault(entry.family, {})[entry.year] = pq.read_table(noise_log_of(path))
    return logs
