"""Classes of persons who look alike, in SQL: which of them satisfy the requirements of a tier.

Requirements are tested from the finest to the coarsest, each on the records that the finer ones kept, so that the
records kept at the end satisfy all of them among themselves. The tables read here have a row for each class of the
finest requirement: `q<i>` the value of the i-th quasi-identifier as a number, `s<j>_<v>` how many have the v-th value
of the j-th sensitive column, `n` persons.
"""

from collections.abc import Callable, Mapping, Sequence

from etl.privacy.microdata.tiers import Criterion, Requirement, Tier

# Sums of shares are compared in floating point; requirements are meant to the ninth digit.
_ROUNDING = 1e-9


def kept(tier: Tier, source: str, shares: Mapping[str, Sequence[float]], *, keys: Sequence[str] = ()) -> str:
    """A query for the classes kept of table `source`, finest identifiers.

    `shares`: for each column with criteria the population's share of each value, in the order of the values; a column
    of which all have one value tells nothing, and its criteria are met. `keys`: for each requirement a column that
    classes are held apart by, beside the identifiers.
    """
    return _chain(tier, source, keys, lambda item, total: _conditions(tier, item, shares, total))


def large(tier: Tier, source: str) -> str:
    """As `kept`, by size alone. What it leaves out a finer recoding leaves out as well."""
    return _chain(tier, source, (), lambda item, total: f"{total}(c.n) >= {item.size}")


def columns(tier: Tier, requirement: Requirement) -> list[str]:
    """Columns of the identifiers of a requirement."""
    return [f"q{tier.identifiers.index(name)}" for name in requirement.identifiers]


def _chain(tier: Tier, source: str, keys: Sequence[str], tests: Callable[[Requirement, str], str]) -> str:
    """Keeps what passes the tests of each requirement, given how a column is totalled, from the last to the first."""
    *coarser, finest = tier.requirements
    steps = [f"step_{len(coarser)} AS (SELECT * FROM {source} AS c WHERE {tests(finest, '')})"]
    for place, requirement in reversed(list(enumerate(coarser))):
        names = [*keys[place : place + 1], *columns(tier, requirement)]
        by, former = ", ".join(names), f"step_{place + 1}"
        same = " AND ".join(f"whole.{name} = part.{name}" for name in names)
        steps.append(
            f"step_{place} AS (SELECT whole.* FROM {former} AS whole SEMI JOIN ("
            f"SELECT {by} FROM {former} AS c GROUP BY {by} HAVING {tests(requirement, 'sum')}) AS part ON {same})"
        )
    return f"WITH {', '.join(steps)} SELECT * FROM step_0"


def _conditions(
    tier: Tier, requirement: Requirement, shares: Mapping[str, Sequence[float]], total: str
) -> str:
    criteria = (_criterion(tier, item, shares[item.column], total) for item in requirement.criteria)
    return " AND ".join([f"{total}(c.n) >= {requirement.size}", *filter(None, criteria)])


def _criterion(tier: Tier, criterion: Criterion, shares: Sequence[float], total: str) -> str:
    if sum(share > 0 for share in shares) < 2:
        return ""
    counts, whole = _counts(tier, criterion.column, len(shares), total), f"{total}(c.n)"
    tests = []
    if criterion.distinct > 1:
        different = " + ".join(f"CAST({count} > 0 AS INTEGER)" for count in counts)
        tests.append(f"{different} >= {criterion.distinct}")
    if criterion.frequency < 1:
        tests.append(f"greatest({', '.join(counts)}) <= {criterion.frequency + _ROUNDING!r} * {whole}")
    if criterion.distance < 1:
        apart = " + ".join(
            f"abs({count} / {whole} - {share!r})" for count, share in zip(counts, shares, strict=True)
        )
        tests.append(f"{apart} <= {2 * criterion.distance + _ROUNDING!r}")
    return " AND ".join(tests)


def _counts(tier: Tier, column: str, values: int, total: str) -> list[str]:
    """How many of a class have each value: of a generalised column, or of one published as it is."""
    if column in tier.identifiers:
        place = tier.identifiers.index(column)
        return [f"coalesce(sum(c.n) FILTER (WHERE c.q{place} = {value}), 0)" for value in range(values)]
    place = tier.sensitive.index(column)
    return [f"{total}(c.s{place}_{value})" for value in range(values)]
