"""Microdata of a store: what they are made of, and a file handed over outside of any release."""

import shutil
from pathlib import Path

from etl import keys
from etl.errors import BadInput, Refused
from etl.metadata import Metadata
from etl.privacy.attacks import problems
from etl.privacy.microdata.ended import Ended
from etl.privacy.microdata.files import Job, Microdata, microdata
from etl.privacy.microdata.frozen import CODEBOOK, PAGES, RECORDS
from etl.settings import Store


def microdata_job(store: Store, register: Metadata, key: Path | None = None) -> Job:
    """What microdata are made of after a build. `key`: the key file to derive a new sample key from, if any."""
    return Job(
        units=store.models("sensitive") / f"{register.rules['microdata']['units']}.parquet",
        hierarchies=register.root / "hierarchies",
        frozen=store.frozen_microdata,
        releases=store.releases,
        key=keys.sample_key(store, key),
    )


def deliver(store: Store, register: Metadata, tier: str, out: Path) -> Microdata:
    """Writes records and codebook of a tier, as of the last build, into the new folder `out`, and freezes them.

    Raises:
        BadInput: there is no such tier to hand over, the store has no release, or something stands at `out`.
        Refused: no file satisfies the tier, an attack on it succeeded, or nothing can follow what was handed over: then
            the tier has ended for good.
    """
    _check(store, register, tier, out)
    rules = register.rules["microdata"]
    made = microdata(
        microdata_job(store, register), rules, tier, store.models("protected") / f"microdata-{tier}"
    )
    if isinstance(made, Ended):
        made.freeze()
    found = problems(made.findings, register.rules["attacks"]["metrics"]) if made else []
    if made is None or isinstance(made, Ended) or found:
        ended = [" | ".join(made.text.values())] if isinstance(made, Ended) else []
        raise Refused(
            "\n  ".join([f"没有满足 {tier} 的文件 | no file satisfies {tier}", *ended, *found]),
            where=str(register.root / "rules/microdata.yaml"),
            rule=tier,
            remedy="另起新名的一档：少列或更粗的层级 | a tier of another name: fewer columns, or coarser levels",
        )
    # Frozen first: what was handed over must be what later files follow on.
    made.freeze()
    out.mkdir(parents=True, mode=0o700)
    for name in (RECORDS, CODEBOOK, PAGES):
        shutil.copyfile(made.folder / name, out / name)
    return made


def _check(store: Store, register: Metadata, tier: str, out: Path) -> None:
    """That there is such a tier to hand over, a release, and nothing at `out`. Raises BadInput."""
    rules = register.rules.get("microdata", {"tiers": {}, "released": None})
    tiers = sorted(rules["tiers"].keys() - {rules["released"]})
    if tier not in tiers:
        raise BadInput(
            f"没有可交付的这一档 | no such tier to hand over: {tier}",
            where=str(register.root / "rules/microdata.yaml"),
            remedy=f"可用 | there are: {', '.join(tiers) or '–'}",
        )
    if store.served is None:
        raise BadInput(
            "这个库还没有发布 | this store has no release yet",
            where=str(store.root),
            remedy="核对 --store，或先运行 jzs build | check --store, or run `jzs build` first",
        )
    if out.exists():
        raise BadInput("已存在 | it exists", where=str(out), remedy="换一个新文件夹 | name a new folder")
