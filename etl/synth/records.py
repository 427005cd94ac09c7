"""The record types of a chunk as clean tables: columns of the record, codes canonical, NULL where absent."""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from etl.metadata import Metadata
from etl.synth import activities, conduct, rosters
from etl.synth.career import Career
from etl.synth.endings import ending
from etl.synth.events import events
from etl.synth.tables import Columns

_ARROW = {"date": pa.date32(), "month": pa.date32(), "integer": pa.int32(), "decimal": pa.decimal128(18, 2)}


def columns(career: Career) -> Mapping[str, Callable[[], Columns]]:
    """How to make the columns of each record type."""
    closing = ending(career)
    own = np.flatnonzero(career.world.all.chunk == career.chunk.index)
    return {
        "registration": lambda: rosters.registrations(career, closing),
        "event": lambda: events(career, closing),
        "enterprise": lambda: rosters.enterprises(career, own),
        "qualification": lambda: rosters.qualifications(career, own),
        "project": lambda: activities.projects(career),
        "binding": lambda: activities.bindings(career),
        "integrity": lambda: conduct.integrity(career, own),
        "education": lambda: activities.education(career),
        "insurance": lambda: activities.insurance(career),
    }


def table(metadata: Metadata, record: str, values: Columns) -> pa.Table:
    """Columns as a table of the record type, absent ones NULL."""
    count = len(next(iter(values.values())))
    arrays = []
    fields = metadata.records[record].fields
    for name in fields:
        kind = _ARROW.get(metadata.fields[name].type, pa.string())
        arrays.append(values[name].cast(kind) if name in values else pa.nulls(count, kind))
    return pa.table(arrays, names=list(fields))
