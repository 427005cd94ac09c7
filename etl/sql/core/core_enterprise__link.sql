-- 单位标识（信用代码，无代码时为名称）到单位的对照 | Label of an enterprise (its code, or its name where no code stands) to the enterprise
-- grain: label
-- warning: 名称只有在仅对应一个代码时才并入该代码（企业名录优先）；否则按名称单列 | a name joins a code only when it belongs to exactly one (the enterprise export first); else it stands alone
-- warning: 不读社会保险记录：单位不得因参保而出现 | insurance is not read: an enterprise must not appear for being in it
-- warning: 组织机构代码若只见于一个统一社会信用代码的第 9 至 17 位，即并入该代码 | an organisation code that stands in positions 9 to 17 of exactly one social credit code is that enterprise's
WITH written AS (
    -- one row per name and code as written together in one export; `registered` marks the enterprise export
    SELECT DISTINCT enterprise_name, enterprise_code, TRUE AS registered FROM stg_enterprise
    UNION ALL
    SELECT DISTINCT enterprise_name, enterprise_code, FALSE FROM stg_registration
    UNION ALL
    SELECT DISTINCT enterprise_name, enterprise_code, FALSE FROM stg_event
    UNION ALL
    -- the name before a renaming is that of the same enterprise
    SELECT DISTINCT
        event.enterprise_name_from,
        coalesce(event.enterprise_code_from, CASE WHEN type.effect = 'rename' THEN event.enterprise_code END),
        FALSE
    FROM stg_event AS event
    LEFT JOIN codes_event_type AS type ON type.code = event.event_type_code
),
met AS (
    -- one row per code met anywhere
    SELECT enterprise_code FROM written WHERE enterprise_code IS NOT NULL
    UNION
    SELECT enterprise_code FROM stg_qualification WHERE enterprise_code IS NOT NULL
    UNION
    SELECT enterprise_code FROM stg_project WHERE enterprise_code IS NOT NULL
    UNION
    SELECT enterprise_code FROM stg_binding WHERE enterprise_code IS NOT NULL
),
whole AS (
    -- one row per organisation code inside exactly one social credit code
    SELECT substr(enterprise_code, 9, 9) AS inner_code, min(enterprise_code) AS whole_code
    FROM met
    WHERE length(enterprise_code) = 18
    GROUP BY substr(enterprise_code, 9, 9)
    HAVING min(enterprise_code) = max(enterprise_code)
),
coded AS (
    -- one row per code met anywhere, with the code that its enterprise goes by
    SELECT met.enterprise_code AS label, coalesce(whole.whole_code, met.enterprise_code) AS enterprise_code
    FROM met
    LEFT JOIN whole ON whole.inner_code = met.enterprise_code
),
named AS (
    -- one row per name and code as written together, with the code that its enterprise goes by
    SELECT written.enterprise_name, coded.enterprise_code, written.registered
    FROM written
    LEFT JOIN coded ON coded.label = written.enterprise_code
),
name_code AS (
    -- one row per name written without a code at least once, with the only code it can mean (NULL where ambiguous)
    SELECT
        enterprise_name,
        CASE
            WHEN count(DISTINCT CASE WHEN registered THEN enterprise_code END) = 1
                THEN min(CASE WHEN registered THEN enterprise_code END)
            WHEN count(DISTINCT CASE WHEN registered THEN enterprise_code END) = 0
                AND count(DISTINCT enterprise_code) = 1
                THEN min(enterprise_code)
        END AS enterprise_code
    FROM named
    WHERE enterprise_name IS NOT NULL
    GROUP BY enterprise_name
    HAVING count(*) > count(enterprise_code)
),
label AS (
    -- one row per label
    SELECT label, enterprise_code, CAST(NULL AS VARCHAR) AS enterprise_name FROM coded
    UNION ALL
    SELECT enterprise_name AS label, enterprise_code, enterprise_name FROM name_code
)
SELECT
    label,
    CAST('0x' || left(digest, 16) AS UBIGINT) AS enterprise_id,
    left(digest, 20) AS enterprise_key,
    enterprise_code
FROM (
    SELECT label, enterprise_code, md5('enterprise|' || coalesce(enterprise_code, 'name|' || enterprise_name)) AS digest
    FROM label
) AS keyed
