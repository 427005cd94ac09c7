-- 名册行的去处 | What became of the accepted rows of rosters
-- older_snapshot: 同一系列另有更新的快照 | a newer snapshot of the same series holds
-- to_come: 有效期尚未开始 | its validity has yet to begin
WITH sheet AS (
    -- one row per sheet
    SELECT
        source_name, source_file,
        received_on < max(received_on) OVER (PARTITION BY source_name, series) AS is_older
    FROM stg_snapshot
),
received AS (
    -- one row: rows of older sheets, and of all others, also of those that no snapshot knows
    SELECT
        coalesce(sum(listed."rows") FILTER (sheet.is_older), 0) AS older,
        coalesce(sum(listed."rows") FILTER (sheet.is_older IS DISTINCT FROM TRUE), 0) AS due
    FROM (SELECT source_name, source_file, count(*) AS "rows" FROM stg_registration GROUP BY ALL) AS listed
    LEFT JOIN sheet ON sheet.source_name = listed.source_name AND sheet.source_file = listed.source_file
),
judged AS (
    -- one row per row of the core's roster, once
    SELECT DISTINCT
        precedence, specialty_code,
        coalesce(valid_from > (SELECT as_of FROM param_build), FALSE) AS is_to_come,
        certificate_id IN (SELECT certificate_id FROM core_certificate__entity) AS has_certificate,
        hash(certificate_id, specialty_code) IN (
            SELECT hash(certificate_id, specialty_code) FROM core_registration__history
        ) AS has_registration
    FROM core_roster__history
),
roster AS (
    -- one row: rows of the core's roster, and those of which it has no certificate or no registration
    SELECT
        count(*) AS "rows",
        count(*) FILTER (has_certificate AND NOT has_registration AND is_to_come) AS to_come,
        count(*) FILTER (NOT has_certificate OR (NOT has_registration AND NOT is_to_come)) AS lost
    FROM judged
)
SELECT
    unnest(['older_snapshot', 'to_come', 'lost', 'reached']) AS arrival,
    unnest([
        received.older,
        roster.to_come,
        received.due - roster."rows" + roster.lost,
        roster."rows" - roster.to_come - roster.lost
    ]) AS "rows"
FROM received
CROSS JOIN roster
