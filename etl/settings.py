"""Where things stand on disk: the two zones of the store and the project's own folders."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
METADATA = PROJECT / "metadata"
DATASETS = PROJECT / "datasets"
SQL = PROJECT / "etl" / "sql"


@dataclass(frozen=True)
class Store:
    """A store directory: `restricted/` for what must not leave, `public/` for releases."""

    root: Path

    @property
    def restricted(self) -> Path:
        return self.root / "restricted"

    @property
    def snapshots(self) -> Path:
        return self.restricted / "snapshots"

    @property
    def staging(self) -> Path:
        return self.restricted / "stg"

    @property
    def quarantine(self) -> Path:
        return self.restricted / "quarantine"

    @property
    def refused(self) -> Path:
        """Folder like the quarantine: the rows that the last ingest set aside, if it was refused."""
        return self.restricted / "quarantine.refused"

    @property
    def repairs(self) -> Path:
        """Folder of the rows that providers corrected or withdrew."""
        return self.restricted / "repairs"

    def accepted(self, version: str) -> Path:
        """Folder of what is remembered of the exports behind a release: balance, keys, what vanished."""
        return self.restricted / "accepted" / version

    def attacked(self, version: str) -> Path:
        """File of what the attacks on a release measured, scored on the truth."""
        return self.restricted / "attacks" / f"{version}.json"

    @property
    def keys(self) -> Path:
        return self.restricted / "keys"

    @property
    def frozen(self) -> Path:
        """Folder of the protected tables that were released, `<year>/<family>.parquet`, and their ledger."""
        return self.restricted / "frozen"

    @property
    def frozen_microdata(self) -> Path:
        """Folder of the microdata that were released, `<tier>/<year>/`, and of what is held of every person."""
        return self.frozen / "microdata"

    def models(self, zone: str) -> Path:
        """Folder of the Parquet files of one model zone (`core`, `safe`, `open`, `served`, `sensitive`)."""
        return self.restricted / "models" / zone

    @property
    def left_out(self) -> Path:
        """File of the certificates that the last build left out of the lookup: their holders were taken down."""
        return self.models("safe") / "safe_withdrawal__link.parquet"

    @property
    def releases(self) -> Path:
        return self.root / "public" / "releases"

    @property
    def current(self) -> Path:
        """Symbolic link to the release being served."""
        return self.root / "public" / "current"

    @property
    def withdrawn(self) -> Path:
        """File of the public identifiers that are taken down from the lookup, whichever release is served."""
        return self.root / "public" / "withdrawn.json"

    @property
    def quotas(self) -> Path:
        """File in which the processes of the lookup count requests."""
        return self.root / "lookup" / "quotas.sqlite"

    @property
    def access_log(self) -> Path:
        """Folder of the lookup's access log, `<day>.jsonl`."""
        return self.root / "lookup" / "access"

    @property
    def qr_key(self) -> Path:
        """File of the key that signs QR codes and requests for correction: beside the quotas, for the lookup reads no
        restricted zone.
        """
        return self.root / "lookup" / "qr.key"

    @property
    def requests(self) -> Path:
        """Folder in which the lookup leaves requests for correction, a file each, until the steward takes them in."""
        return self.root / "lookup" / "requests"

    @property
    def receipts(self) -> Path:
        """File of what the lookup tells of requests that were taken in, to whoever has the receipt."""
        return self.root / "lookup" / "receipts.json"

    @property
    def corrections(self) -> Path:
        """File of the public log of requests for correction: counts, nobody in it."""
        return self.root / "public" / "corrections.json"

    @property
    def served(self) -> str | None:
        """Version of the release being served; None when there is none."""
        return self.current.readlink().name if self.current.is_symlink() else None
