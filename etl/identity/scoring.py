"""Scores of pairs of certificates of which at least one carries no ID number: splink on DuckDB.

The model is that of Fellegi and Sunter as splink has it. Shares among different persons (u) come from all pairs
of a sample, shares among one person's pairs (m) from certificates with equal ID numbers where there are enough
of them, else from the rules: counts, so the same certificates give the same scores. Only certificates without an
ID, and those that share a block with one, are compared.
"""

import logging
import math
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker

from etl.identity.rules import Level, PersonRules

_DECIMALS = 6
_LABELLED_MOST = 20_000


def score(connection: duckdb.DuckDBPyConnection, rules: PersonRules) -> int:
    """Makes the table `scored` (certificate_id_a < certificate_id_b, probability >= `review`).

    `connection` has the table `record`: `unique_id`, `id_number`, `bare` and the features of the rules.
    Returns the number of blocks too large to compare.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = _trained(connection, rules)
    oversize = _pool(connection, rules)
    _predict(connection, rules, settings)
    return oversize


def _trained(connection: duckdb.DuckDBPyConnection, rules: PersonRules) -> dict[str, Any]:
    """Settings whose shares are the observed ones; a level that was never observed keeps the declared one."""
    rows = math.isqrt(2 * rules.sample_pairs)
    connection.execute(
        "CREATE OR REPLACE TABLE sample AS SELECT * FROM record"
        f" ORDER BY md5(CAST(unique_id AS VARCHAR) || '{rules.seed}') LIMIT {rows}"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE labelled AS SELECT * FROM record SEMI JOIN (SELECT id_number FROM record"
        " WHERE id_number IS NOT NULL GROUP BY id_number HAVING count(*) > 1"
        f" ORDER BY md5(id_number || '{rules.seed}') LIMIT {_LABELLED_MOST}) AS several USING (id_number)"
    )
    settings = _settings(rules, _count(connection, "record"))
    linker = _linker(connection, "sample", settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=10.0 * rules.sample_pairs)
    _observe(settings, linker, "u_probability")
    if _count(connection, "labelled") >= 2 * rules.labelled_pairs:
        linker = _linker(connection, "labelled", settings)
        linker.training.estimate_m_from_label_column("id_number")
        _observe(settings, linker, "m_probability")
    return settings


def _observe(settings: dict[str, Any], linker: Linker, share: str) -> None:
    """Puts the observed shares into the settings."""
    trained = linker.misc.save_model_to_json()["comparisons"]
    for own, other in zip(settings["comparisons"], trained, strict=True):
        for level, seen in zip(own["comparison_levels"], other["comparison_levels"], strict=True):
            value = seen.get(share)
            if isinstance(value, float) and 0 < value < 1:
                level[share] = value


def _pool(connection: duckdb.DuckDBPyConnection, rules: PersonRules) -> int:
    """Makes the table `pool`: the records that share a block with one that has no ID, and those blocks."""
    blocks, joins, oversize = [], [], 0
    for place, rule in enumerate(rules.blocking):
        key = f"hash({', '.join(rule.keys)})"
        known = " AND ".join(f"({each}) IS NOT NULL" for each in rule.keys)
        connection.execute(
            f"CREATE OR REPLACE TABLE block_{place} AS SELECT {key} AS block, count(*) AS size FROM record"
            f" WHERE {known} GROUP BY ALL HAVING count(*) > 1 AND bool_or(bare)"
        )
        oversize += _count(connection, f"block_{place} WHERE size > {rules.largest_block}")
        blocks.append(f"b{place}.block AS block_{place}")
        joins.append(
            f"LEFT JOIN block_{place} AS b{place} ON b{place}.block = {key} AND {known}"
            f" AND b{place}.size <= {rules.largest_block}"
        )
    found = " OR ".join(f"b{place}.block IS NOT NULL" for place in range(len(rules.blocking)))
    connection.execute(
        f"CREATE OR REPLACE TABLE pool AS SELECT record.*, {', '.join(blocks)} FROM record {' '.join(joins)}"
        f" WHERE {found}"
    )
    return oversize


def _predict(connection: duckdb.DuckDBPyConnection, rules: PersonRules, settings: dict[str, Any]) -> None:
    found = (
        "SELECT NULL::UBIGINT AS unique_id_l, NULL::UBIGINT AS unique_id_r, 0.0 AS match_probability LIMIT 0"
    )
    if _count(connection, "pool"):
        linker = _linker(connection, "pool", settings)
        for feature in _frequent(rules):
            # the share of other records with the value: the record itself is no evidence
            connection.execute(
                f'CREATE OR REPLACE TABLE frequency_{feature} AS SELECT "{feature}",'
                f" greatest(count(*) - 1, 1) / sum(count(*)) OVER () AS tf_{feature} FROM record"
                f' WHERE "{feature}" IS NOT NULL GROUP BY "{feature}"'
            )
            linker.table_management.register_term_frequency_lookup(  # type: ignore[no-untyped-call]
                f"frequency_{feature}", feature
            )
        predicted = linker.inference.predict(threshold_match_probability=rules.review)
        found = f"FROM {predicted.physical_name}"
    connection.execute(
        "CREATE OR REPLACE TABLE scored AS SELECT least(unique_id_l, unique_id_r) AS certificate_id_a,"
        " greatest(unique_id_l, unique_id_r) AS certificate_id_b,"
        f" round(match_probability, {_DECIMALS}) AS probability FROM ({found})"
    )


def _linker(connection: duckdb.DuckDBPyConnection, table: str, settings: dict[str, Any]) -> Linker:
    return Linker(table, settings, db_api=DuckDBAPI(connection=connection))


def _settings(rules: PersonRules, records: int) -> dict[str, Any]:
    blocking = [
        " AND ".join(
            [
                f"l.block_{place} = r.block_{place}",
                "(l.bare OR r.bare)",
                *([f"({rule.when})"] if rule.when else []),
            ]
        )
        for place, rule in enumerate(rules.blocking)
    ]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": min(0.5, 2 * rules.expected / max(records - 1, 1)),
        "comparisons": [
            {
                "output_column_name": comparison.feature,
                "comparison_levels": [
                    _null_level(comparison.feature),
                    *(_level(comparison.feature, level) for level in comparison.levels),
                ],
            }
            for comparison in rules.comparisons
        ],
        "blocking_rules_to_generate_predictions": blocking,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def _null_level(feature: str) -> dict[str, Any]:
    return {
        "sql_condition": f"{feature}_l IS NULL OR {feature}_r IS NULL",
        "label_for_charts": "null",
        "is_null_level": True,
    }


def _level(feature: str, level: Level) -> dict[str, Any]:
    settings = {
        "sql_condition": level.when or "ELSE",
        "label_for_charts": level.en,
        "m_probability": level.m,
        "u_probability": level.u,
        "fix_m_probability": level.fixed,
    }
    if level.frequency:
        settings |= {"tf_adjustment_column": feature, "disable_tf_exact_match_detection": True}
    return settings


def _frequent(rules: PersonRules) -> list[str]:
    """Features that some level adjusts for frequency."""
    return [
        comparison.feature
        for comparison in rules.comparisons
        if any(level.frequency for level in comparison.levels)
    ]


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
    return int(count)
