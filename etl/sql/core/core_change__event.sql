-- 由快照推得的变化 | Changes derived from the differences of successive snapshots
-- grain: event_id
-- warning: 只知道区间（observed_after 之后，不晚于 observed_by），不知道哪一天 | only the interval is known (after observed_after, no later than observed_by), never the day
-- warning: 台账中已有同一证书、同类、日期在区间内的事项时不重复 | not repeated where a recorded event of that certificate and kind, dated within the interval, explains it
WITH seen AS (
    -- one row per difference between two snapshots
    SELECT
        source_name, series, certificate_id, change_type_code, CAST(NULL AS VARCHAR) AS specialty_code,
        enterprise_id_from, enterprise_id, division_code, category_code, observed_after, observed_by
    FROM core_presence__event
    UNION ALL
    SELECT
        source_name, series, certificate_id, change_type_code, NULL, enterprise_id_from, enterprise_id, division_code,
        category_code, observed_after, observed_by
    FROM core_difference__event
    UNION ALL
    SELECT
        source_name, series, certificate_id, change_type_code, specialty_code, NULL, enterprise_id, division_code,
        category_code, observed_after, observed_by
    FROM core_specialty_difference__event
),
explaining AS (
    -- one row per recorded event and kind of change that it explains
    SELECT event.certificate_id, event.specialty_code, event.event_on, change_type.code AS change_type_code
    FROM core_registration__event AS event
    JOIN codes_event_type AS type ON type.code = event.event_type_code
    JOIN codes_change_type AS change_type ON list_contains(string_split(change_type.effects, '|'), type.effect)
)
SELECT
    CAST('0x' || left(md5(concat(
        'change|', seen.source_name, '|', seen.series, '|', CAST(seen.certificate_id AS VARCHAR), '|',
        seen.change_type_code, '|', coalesce(seen.specialty_code, ''), '|', CAST(seen.observed_by AS VARCHAR)
    )), 16) AS UBIGINT) AS event_id,
    seen.certificate_id, seen.change_type_code, seen.specialty_code, seen.enterprise_id_from, seen.enterprise_id,
    seen.division_code, seen.category_code, TRUE AS is_derived, CAST(NULL AS DATE) AS event_on, seen.observed_after,
    seen.observed_by
FROM seen
ANTI JOIN explaining
    ON explaining.certificate_id = seen.certificate_id
    AND explaining.change_type_code = seen.change_type_code
    AND explaining.event_on BETWEEN seen.observed_after AND seen.observed_by
    AND coalesce(explaining.specialty_code, seen.specialty_code, '') = coalesce(seen.specialty_code, explaining.specialty_code, '')
