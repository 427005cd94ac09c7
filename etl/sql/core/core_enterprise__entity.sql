-- 企业 | Enterprises, each once, with their newest known attributes
-- grain: enterprise_id
-- warning: 仅见于人员名册的企业没有性质与成立日期 | enterprises known only from rosters have no nature and no founding date
-- declassify rows (enterprise_id, label, enterprise_code, enterprise_code_from, enterprise_name, enterprise_name_from): 同一企业的事项按日期先后取最新的名称与地点 | an enterprise's events are ordered by their days for its newest name and place
WITH enterprise AS (
    -- one row per enterprise
    SELECT enterprise_id, min(enterprise_key) AS enterprise_key, min(enterprise_code) AS enterprise_code
    FROM core_enterprise__link
    GROUP BY enterprise_id
),
exported AS (
    -- one row per row of the enterprise export, newest first
    SELECT
        link.enterprise_id, listed.enterprise_name, listed.nature_code, listed.division_code,
        listed.prefecture_code, listed.established_on, listed.ended_on,
        row_number() OVER (
            PARTITION BY link.enterprise_id
            ORDER BY listed.received_on DESC, listed.source_name, listed.source_file, listed.source_row
        ) AS precedence
    FROM stg_enterprise AS listed
    JOIN core_enterprise__link AS link ON link.label = listed.enterprise_code
),
mentioned AS (
    -- one row per enterprise × way it is written on rosters, in events and in integrity records
    SELECT
        coalesce(enterprise_code, enterprise_name) AS label, enterprise_name, division_code, prefecture_code,
        max(received_on) AS seen_on
    FROM stg_registration
    GROUP BY coalesce(enterprise_code, enterprise_name), enterprise_name, division_code, prefecture_code
    UNION ALL
    SELECT coalesce(enterprise_code, enterprise_name), enterprise_name, NULL, NULL, max(event_on)
    FROM stg_event
    GROUP BY coalesce(enterprise_code, enterprise_name), enterprise_name
    UNION ALL
    SELECT coalesce(enterprise_code_from, enterprise_name_from), enterprise_name_from, NULL, NULL, NULL
    FROM stg_event
    GROUP BY coalesce(enterprise_code_from, enterprise_name_from), enterprise_name_from
    UNION ALL
    SELECT coalesce(enterprise_code, enterprise_name), enterprise_name, NULL, NULL, max(decided_on)
    FROM stg_integrity
    GROUP BY coalesce(enterprise_code, enterprise_name), enterprise_name
),
known AS (
    -- one row per enterprise mentioned: newest name, newest place; what has no day is older than all else
    SELECT
        link.enterprise_id,
        any_value(
            mentioned.enterprise_name ORDER BY mentioned.seen_on DESC NULLS LAST, mentioned.enterprise_name DESC
        ) AS enterprise_name,
        any_value(
            mentioned.division_code ORDER BY mentioned.seen_on DESC NULLS LAST, mentioned.division_code DESC
        ) AS division_code,
        any_value(
            mentioned.prefecture_code ORDER BY mentioned.seen_on DESC NULLS LAST, mentioned.prefecture_code DESC
        ) AS prefecture_code
    FROM mentioned
    JOIN core_enterprise__link AS link ON link.label = mentioned.label
    GROUP BY link.enterprise_id
)
SELECT
    enterprise.enterprise_id,
    enterprise.enterprise_key,
    enterprise.enterprise_code,
    coalesce(exported.enterprise_name, known.enterprise_name) AS enterprise_name,
    exported.nature_code,
    coalesce(exported.division_code, known.division_code) AS division_code,
    coalesce(exported.prefecture_code, known.prefecture_code) AS prefecture_code,
    exported.established_on,
    exported.ended_on
FROM enterprise
LEFT JOIN exported ON exported.enterprise_id = enterprise.enterprise_id AND exported.precedence = 1
LEFT JOIN known ON known.enterprise_id = enterprise.enterprise_id
