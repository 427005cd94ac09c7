-- 企业名称沿革 | Names of an enterprise one after another: [valid_from, valid_to)
-- grain: enterprise_id, enterprise_name
-- declassify rows (enterprise_id, label, enterprise_code, enterprise_name): 同一企业的更名按日期先后排列 | the renamings of an enterprise are put in the order of their days
WITH named AS (
    -- one row per name known from the enterprise export or as either side of a renaming
    SELECT enterprise_id, enterprise_name, CAST(NULL AS DATE) AS since FROM core_enterprise__entity
    WHERE enterprise_name IS NOT NULL
    UNION ALL
    SELECT link.enterprise_id, event.enterprise_name_from, NULL
    FROM stg_event AS event
    JOIN codes_event_type AS type ON type.code = event.event_type_code
    JOIN core_enterprise__link AS link
        ON link.label = coalesce(event.enterprise_code, event.enterprise_name)
    WHERE type.effect = 'rename' AND event.enterprise_name_from IS NOT NULL
    UNION ALL
    SELECT link.enterprise_id, event.enterprise_name, event.event_on
    FROM stg_event AS event
    JOIN codes_event_type AS type ON type.code = event.event_type_code
    JOIN core_enterprise__link AS link
        ON link.label = coalesce(event.enterprise_code, event.enterprise_name)
    CROSS JOIN param_build AS build
    WHERE type.effect = 'rename' AND event.enterprise_name IS NOT NULL AND event.event_on <= build.as_of
),
dated AS (
    -- one row per enterprise and name
    SELECT enterprise_id, enterprise_name, min(since) AS valid_from
    FROM named
    GROUP BY enterprise_id, enterprise_name
)
SELECT
    enterprise_id,
    enterprise_name,
    valid_from,
    lead(valid_from) OVER (
        PARTITION BY enterprise_id ORDER BY valid_from NULLS FIRST, enterprise_name
    ) AS valid_to
FROM dated
