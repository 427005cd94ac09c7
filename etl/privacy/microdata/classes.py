"""Classes of persons who look alike, in SQL: which of them satisfy the requirements of a tier.

Requirements are tested from the finest to the coarsest, each on the records that the finer ones kept, so that the
records kept at the end satisfy all of them among themselves. Columns of the tables read here: `q<i>` the value of the
i-th quasi-identifier as a number, `s<j>_<v>` how many have the v-th value of the j-th sensitive column, `n` persons.
"""

from collections.abc import Mapping, Sequence

from etl.privacy.microdata.tiers import Criterion, Requirement, Tier

# Sums of shares are compared in floating point; requirements are meant to the ninth digit.
_ROUNDING = 1e-9


def kept(tier: Tier, source: str, shares: Mapping[str, Sequence[float]], *, keys: Sequence[str] = ()) -> str:
    """A query for the classes kept of table `source`, finest identifiers.

    `shares`: for each column with criteria the population's share of each value, in the order of the values; a column
    of which all have one value tells nothing, and its criteria are met. `keys`: for each requirement a column that
    classes are held apart by, beside the identifiers.
    """
    tests = [_conditions(tier, item, shares) for item in tier.requirements]
    return _chain(tier, source, tests, keys)


def large(tier: Tier, source: str) -> str:
    """As `kept`, by size alone. What it leaves out a finer recoding leaves out as well."""
    return _chain(tier, source, [f"sum(c.n) >= {item.size}" for item in tier.requirements], ())


def columns(tier: Tier, requirement: Requirement) -> list[str]:
    """Columns of the identifiers of a requirement."""
    return [f"q{tier.identifiers.index(name)}" for name in requirement.identifiers]


def _chain(tier: Tier, source: str, tests: Sequence[str], keys: Sequence[str]) -> str:
    steps, former = [], source
    for place in reversed(range(len(tests))):
        names = [*keys[place : place + 1], *columns(tier, tier.requirements[place])]
        by, step = ", ".join(names), f"step_{place}"
        same = " AND ".join(f"whole.{name} = part.{name}" for name in names)
        steps.append(
            f"{step} AS (SELECT whole.* FROM {former} AS whole SEMI JOIN ("
            f"SELECT {by} FROM {former} AS c GROUP BY {by} HAVING {tests[place]}) AS part ON {same})"
        )
        former = step
    return f"WITH {', '.join(steps)} SELECT * FROM {former}"


def _conditions(tier: Tier, requirement: Requirement, shares: Mapping[str, Sequence[float]]) -> str:
    criteria = (_criterion(tier, item, shares[item.column]) for item in requirement.criteria)
    return " AND ".join([f"sum(c.n) >= {requirement.size}", *filter(None, criteria)])


def _criterion(tier: Tier, criterion: Criterion, shares: Sequence[float]) -> str:
    if sum(share > 0 for share in shares) < 2:
        return ""
    counts = _counts(tier, criterion.column, len(shares))
    tests = []
    if criterion.distinct > 1:
        different = " + ".join(f"CAST({count} > 0 AS INTEGER)" for count in counts)
        tests.append(f"{different} >= {criterion.distinct}")
    if criterion.frequency < 1:
        tests.append(f"greatest({', '.join(counts)}) <= {criterion.frequency + _ROUNDING!r} * sum(c.n)")
    if criterion.distance < 1:
        apart = " + ".join(
            f"abs({count} / sum(c.n) - {share!r})" for count, share in zip(counts, shares, strict=True)
        )
        tests.append(f"{apart} <= {2 * criterion.distance + _ROUNDING!r}")
    return " AND ".join(tests)


def _counts(tier: Tier, column: str, values: int) -> list[str]:
    """How many of a class have each value: of a generalised column, or of one published as it is."""
    if column in tier.identifiers:
        place = tier.identifiers.index(column)
        return [f"coalesce(sum(c.n) FILTER (WHERE c.q{place} = {value}), 0)" for value in range(values)]
    place = tier.sensitive.index(column)
    return [f"sum(c.s{place}_{value})" for value in range(values)]
