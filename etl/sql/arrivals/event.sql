-- 注册事项的去处 | What became of the accepted rows of registration events
-- undated: 没有日期 | without a day
-- to_come: 日期在截止日之后 | after the as-of date
WITH received AS (
    -- one row: rows by their day; the core may hold fewer events, where rows repeat each other
    SELECT
        count(*) FILTER (event.event_on IS NULL) AS undated,
        count(*) FILTER (event.event_on > build.as_of) AS to_come,
        count(*) FILTER (event.event_on <= build.as_of) AS due,
        count(*) FILTER (event.event_on <= build.as_of)
            > (SELECT count(DISTINCT event_id) FROM core_registration__event) AS is_fewer
    FROM stg_event AS event
    CROSS JOIN param_build AS build
),
sole_certificate AS (
    -- one row per ID number needed here that stands on the roster with one certificate only
    SELECT id_number, min(certificate_id) AS certificate_id
    FROM core_roster__history
    WHERE id_number IN (SELECT id_number FROM stg_event WHERE registration_no IS NULL)
    GROUP BY id_number
    HAVING min(certificate_id) = max(certificate_id)
),
placed AS (
    -- one row per row due, if the core holds fewer events, with its certificate
    SELECT
        event.*,
        coalesce(
            CAST('0x' || left(md5('certificate|' || event.registration_no), 16) AS UBIGINT),
            sole_certificate.certificate_id
        ) AS certificate_id
    FROM stg_event AS event
    LEFT JOIN sole_certificate
        ON event.registration_no IS NULL AND sole_certificate.id_number = event.id_number
    WHERE (SELECT is_fewer FROM received)
        AND event.event_on <= (SELECT as_of FROM param_build)
),
due AS (
    -- one row per row due, with the key that the core gives its event
    SELECT
        CAST('0x' || left(md5(concat(
            'event|',
            coalesce(event_no, CASE WHEN certificate_id IS NULL THEN
                'r|' || source_name || '|' || source_file || '|' || CAST(source_row AS VARCHAR)
            END, ''),
            '|', coalesce(CAST(certificate_id AS VARCHAR), ''), '|', event_type_code,
            '|', coalesce(specialty_code, ''), '|', CAST(event_on AS VARCHAR)
        )), 16) AS UBIGINT) AS event_id
    FROM placed
),
lost AS (
    -- one row: rows due of which the core has no event
    SELECT count(*) AS "rows"
    FROM due
    WHERE event_id NOT IN (SELECT event_id FROM core_registration__event)
)
SELECT
    unnest(['undated', 'to_come', 'lost', 'reached']) AS arrival,
    unnest([received.undated, received.to_come, lost."rows", received.due - lost."rows"]) AS "rows"
FROM received
CROSS JOIN lost
