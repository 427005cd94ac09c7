-- 注册事项的去处 | What became of the accepted rows of registration events
-- undated: 没有日期 | without a day
-- to_come: 日期在截止日之后 | after the as-of date
WITH received AS (
    -- one row: rows by their day; the core may hold fewer events, where rows repeat each other
    SELECT
        count(*) FILTER (event.event_on IS NULL) AS undated,
        count(*) FILTER (event.event_on > build.as_of) AS to_come,
        count(*) FILTER (event.event_on <= build.as_of) AS due,
        count(*) FILTER (event.event_on <= build.as_of) > (SELECT count(*) FROM core_registration__event) AS is_fewer
    FROM stg_event AS event
    CROSS JOIN param_build AS build
),
held AS (
    -- one row per event of the core, by its certificate and by its day alone, for rows without a number
    SELECT hash(event_type_code, specialty_code, event_on, certificate_id) AS event_hash
    FROM core_registration__event
    WHERE (SELECT is_fewer FROM received)
    UNION ALL
    SELECT hash(event_type_code, specialty_code, event_on, CAST(NULL AS UBIGINT))
    FROM core_registration__event
    WHERE (SELECT is_fewer FROM received)
),
lost AS (
    -- one row: rows due of which the core has no event
    SELECT count(*) AS "rows"
    FROM stg_event
    WHERE (SELECT is_fewer FROM received)
        AND event_on <= (SELECT as_of FROM param_build)
        AND hash(event_type_code, specialty_code, event_on, CASE WHEN registration_no IS NOT NULL THEN
            CAST('0x' || left(md5('certificate|' || registration_no), 16) AS UBIGINT) END
        ) NOT IN (SELECT event_hash FROM held)
)
SELECT
    unnest(['undated', 'to_come', 'lost', 'reached']) AS arrival,
    unnest([received.undated, received.to_come, lost."rows", received.due - lost."rows"]) AS "rows"
FROM received
CROSS JOIN lost
