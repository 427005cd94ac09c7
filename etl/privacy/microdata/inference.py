"""Attack A14 on microdata: what a record tells of its person beyond what the file tells of all who are alike.

The measure is Anonymeter's (Giomi et al. 2023, arXiv 2211.10459): how often a secret is guessed of persons whose
records are in the data, less how often of a control set. The control set here are the same persons, each with the own
record taken out, so that two sets of persons do not differ by chance.
"""

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.privacy.attacks import Finding

_NORMAL = 1.96
_SEPARATOR = "\x1f"


def inference(
    records: pa.Table, persons: int, identifiers: Sequence[str], secret: str, limit: float
) -> Finding:
    """A14: the gain in guessing `secret` of a person of the register whose `identifiers` are known.

    The guess is the commonest value among the records alike (ties are drawn), and that of the whole file where there
    is none. Nobody knows who is in the file, so the gain of those who are counts with their share among the `persons`
    of the register; the note tells it as it is for them. The upper end of the 95 % interval is judged.
    """
    started = time.perf_counter()
    counts = _counts(records, identifiers, secret)
    weights, gains, control = _gains(counts)
    total = max(weights.sum(), 1.0)
    gain = float(weights @ gains / total)
    spread = float(weights @ (gains - gain) ** 2 / total) ** 0.5
    width = _NORMAL * spread / total**0.5
    share = records.num_rows / max(persons, 1)
    low, value, high = (float(gain + end) * share for end in (-width, 0.0, width))
    return Finding(
        attack="A14",
        metric="microdata_inference",
        value=value,
        threshold=limit,
        low=low,
        high=high,
        baseline=float(weights @ control / total),
        seconds=time.perf_counter() - started,
        passed=bool(high <= limit),
        note=f"{secret} | {', '.join(identifiers)} | {gain:.3f}",
    )


def _counts(records: pa.Table, identifiers: Sequence[str], secret: str) -> npt.NDArray[np.int64]:
    """(classes, values): records."""
    columns = [records[name].combine_chunks().cast(pa.string()) for name in identifiers]
    alike, value = (
        column.dictionary_encode()
        for column in (pc.binary_join_element_wise(*columns, _SEPARATOR), records[secret].combine_chunks())
    )
    width = len(value.dictionary)
    cell = alike.indices.to_numpy().astype(np.int64) * width + value.indices.to_numpy()
    return np.bincount(cell, minlength=len(alike.dictionary) * width).reshape(-1, width)


def _gains(counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float64], ...]:
    """For every class and value that is held: its records, the gain of guessing one of them, and the control rate."""
    usual = counts.sum(axis=0).argmax() if len(counts) else 0
    found = []
    for value in range(counts.shape[1]):
        held = counts[counts[:, value] > 0]
        others = held - (np.arange(counts.shape[1]) == value)
        control = np.where(others.any(axis=1), _right(others, value), float(value == usual))
        found.append((held[:, value].astype(np.float64), _right(held, value) - control, control))
    weights, gains, control = (np.concatenate(column) for column in zip(*found, strict=True))
    return weights, gains, control


def _right(counts: npt.NDArray[np.int64], value: int) -> npt.NDArray[np.float64]:
    """(classes): chance that the commonest value, drawn where several are, is this one."""
    commonest = counts == counts.max(axis=1, keepdims=True)
    return np.asarray(commonest[:, value] / commonest.sum(axis=1))
