-- 名册行的去处 | What became of the accepted rows of rosters
-- older_snapshot: 同一系列另有更新的快照 | a newer snapshot of the same series holds
-- to_come: 有效期尚未开始 | its validity has yet to begin
WITH sheet AS (
    -- one row per sheet
    SELECT
        source_name, source_file,
        coalesce(received_on < max(received_on) OVER (PARTITION BY source_name, series), FALSE) AS is_older
    FROM stg_snapshot
),
listed AS (
    -- one row per row as received; one of a sheet that nobody knows must be in the core all the same
    SELECT
        roster.source_name, roster.valid_from, coalesce(sheet.is_older, FALSE) AS is_older,
        CASE WHEN NOT coalesce(sheet.is_older, FALSE) THEN CAST('0x' || left(md5('certificate|' || coalesce(
            roster.registration_no,
            'c|' || roster.certificate_no,
            'r|' || roster.source_name || '|' || roster.source_file || '|' || CAST(roster.source_row AS VARCHAR)
        )), 16) AS UBIGINT) END AS certificate_id,
        roster.specialty_code
    FROM stg_registration AS roster
    LEFT JOIN sheet ON sheet.source_name = roster.source_name AND sheet.source_file = roster.source_file
)
SELECT
    source_name,
    CASE
        WHEN is_older THEN 'older_snapshot'
        WHEN certificate_id NOT IN (SELECT certificate_id FROM core_certificate__entity) THEN 'lost'
        WHEN hash(certificate_id, specialty_code) IN (
            SELECT hash(certificate_id, specialty_code) FROM core_registration__history
        ) THEN 'reached'
        WHEN valid_from > (SELECT as_of FROM param_build) THEN 'to_come'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM listed
GROUP BY ALL
UNION ALL
-- rows that are missing although another row speaks of the same registration
SELECT NULL, 'lost', expected."rows" - held."rows"
FROM (SELECT count(*) FILTER (NOT is_older) AS "rows" FROM listed) AS expected
CROSS JOIN (SELECT count(*) AS "rows" FROM core_roster__history) AS held
WHERE expected."rows" > held."rows"
