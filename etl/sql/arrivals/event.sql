-- 注册事项的去处 | What became of the accepted rows of registration events
-- undated: 没有日期 | without a day
-- to_come: 日期在截止日之后 | after the as-of date
WITH received AS (
    -- one row per row as received
    SELECT
        source_name, event_on, registration_no IS NULL AS is_numberless,
        hash(event_type_code, specialty_code, event_on, CASE WHEN registration_no IS NOT NULL THEN
            CAST('0x' || left(md5('certificate|' || registration_no), 16) AS UBIGINT) END) AS event_hash
    FROM stg_event
)
SELECT
    source_name,
    CASE
        WHEN event_on IS NULL THEN 'undated'
        WHEN event_on > (SELECT as_of FROM param_build) THEN 'to_come'
        WHEN is_numberless AND event_hash IN (
            SELECT hash(event_type_code, specialty_code, event_on, CAST(NULL AS UBIGINT)) FROM core_registration__event
        ) THEN 'reached'
        WHEN event_hash IN (
            SELECT hash(event_type_code, specialty_code, event_on, certificate_id) FROM core_registration__event
        ) THEN 'reached'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM received
GROUP BY ALL
