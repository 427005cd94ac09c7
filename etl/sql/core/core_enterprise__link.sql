-- 单位标识（信用代码，无代码时为名称）到单位的对照 | Label of an enterprise (its code, or its name where no code stands) to the enterprise
-- grain: label
-- warning: 名称只有在仅对应一个代码时才并入该代码（企业名录优先）；照写没有代码的，按规则统一写法（括号、有限责任公司）后仅对应一个代码时并入；否则按名称单列 | a name joins a code only when it belongs to exactly one (the enterprise export first); one that has none as written, when it belongs to exactly one after the rules of spelling (brackets, legal form); else it stands alone
-- warning: 没有代码的更名不成为第二家单位：前后两名各只对应一次更名时，归入最早的名称，或其中唯一的代码 | a renaming without a code makes no second enterprise: where either name has one renaming only, the names go by the first of them, or by the only code among them
-- warning: 企业名录中另有单位以更名前的名称在册的，不算更名：那是后来取用此名的另一家 | a former name that the enterprise export still gives to one with a code is taken by another enterprise since: no renaming
-- warning: 不读社会保险记录：单位不得因参保而出现 | insurance is not read: an enterprise must not appear for being in it
-- warning: 组织机构代码若只见于一个统一社会信用代码的第 9 至 17 位，即并入该代码 | an organisation code that stands in positions 9 to 17 of exactly one social credit code is that enterprise's
WITH RECURSIVE written AS (
    -- one row per name and code as written together in one export; `registered` marks the enterprise export
    SELECT DISTINCT enterprise_name, enterprise_code, TRUE AS registered FROM stg_enterprise
    UNION ALL
    SELECT DISTINCT enterprise_name, enterprise_code, FALSE FROM stg_registration
    UNION ALL
    SELECT DISTINCT enterprise_name, enterprise_code, FALSE FROM stg_event
    UNION ALL
    SELECT DISTINCT enterprise_name, enterprise_code, FALSE FROM stg_integrity
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
spelt AS (
    -- one row per name, with the one way in which all ways to write it are written: the rules in their order
    SELECT DISTINCT
        written.enterprise_name,
        replace(replace(replace(
            written.enterprise_name,
            coalesce(first.written, ''), coalesce(first.becomes, '')),
            coalesce(second.written, ''), coalesce(second.becomes, '')),
            coalesce(third.written, ''), coalesce(third.becomes, '')
        ) AS spelling
    FROM written
    LEFT JOIN rule_spelling AS first ON first.place = 1
    LEFT JOIN rule_spelling AS second ON second.place = 2
    LEFT JOIN rule_spelling AS third ON third.place = 3
    WHERE written.enterprise_name IS NOT NULL
),
name_code AS (
    -- one row per name, with the only code it can mean as it is written (NULL where ambiguous or without any)
    SELECT
        enterprise_name, count(enterprise_code) AS codes, count(*) AS mentions,
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
),
spelling_code AS (
    -- one row per spelling that names of one code only have
    SELECT spelt.spelling, min(named.enterprise_code) AS enterprise_code
    FROM named
    JOIN spelt ON spelt.enterprise_name = named.enterprise_name
    WHERE named.enterprise_code IS NOT NULL
    GROUP BY spelt.spelling
    HAVING min(named.enterprise_code) = max(named.enterprise_code)
),
bare AS (
    -- one row per name written without a code at least once; one that has no code as written may have another way's
    SELECT
        name_code.enterprise_name,
        CASE WHEN name_code.codes = 0 THEN spelling_code.enterprise_code ELSE name_code.enterprise_code END AS enterprise_code,
        name_code.codes > 0 AND name_code.enterprise_code IS NULL AS ambiguous
    FROM name_code
    JOIN spelt ON spelt.enterprise_name = name_code.enterprise_name
    LEFT JOIN spelling_code ON spelling_code.spelling = spelt.spelling
    WHERE name_code.mentions > name_code.codes
),
kept AS (
    -- one row per name that the enterprise export gives an enterprise with a code
    SELECT DISTINCT enterprise_name
    FROM named
    WHERE registered AND enterprise_code IS NOT NULL AND enterprise_name IS NOT NULL
),
renamed AS (
    -- one row per renaming told without a code of names that are renamed once and were the outcome of one
    SELECT former_name, later_name
    FROM (
        SELECT
            event.enterprise_name_from AS former_name, event.enterprise_name AS later_name,
            count(*) OVER (PARTITION BY event.enterprise_name_from) AS outcomes,
            count(*) OVER (PARTITION BY event.enterprise_name) AS origins
        FROM stg_event AS event
        JOIN codes_event_type AS type ON type.code = event.event_type_code
        JOIN bare AS former ON former.enterprise_name = event.enterprise_name_from
        JOIN bare AS later ON later.enterprise_name = event.enterprise_name
        WHERE type.effect = 'rename'
            AND event.enterprise_code IS NULL
            AND event.enterprise_code_from IS NULL
            AND event.enterprise_name_from <> event.enterprise_name
            AND event.enterprise_name_from NOT IN (SELECT enterprise_name FROM kept)
            AND NOT former.ambiguous
            AND NOT later.ambiguous
        GROUP BY event.enterprise_name_from, event.enterprise_name
    ) AS told
    WHERE outcomes = 1 AND origins = 1
),
lineage AS (
    -- one row per name of a chain of renamings, with the first of them; a circle has no first
    SELECT former_name AS enterprise_name, former_name AS first_name
    FROM renamed
    WHERE former_name NOT IN (SELECT later_name FROM renamed)
    UNION ALL
    SELECT renamed.later_name, lineage.first_name
    FROM lineage
    JOIN renamed ON renamed.former_name = lineage.enterprise_name
),
chain AS (
    -- one row per chain, with the only code among its names (NULL where there is none)
    SELECT lineage.first_name, min(bare.enterprise_code) AS enterprise_code
    FROM lineage
    JOIN bare ON bare.enterprise_name = lineage.enterprise_name
    GROUP BY lineage.first_name
    HAVING count(DISTINCT bare.enterprise_code) <= 1
),
label AS (
    -- one row per label
    SELECT label, enterprise_code, CAST(NULL AS VARCHAR) AS enterprise_name FROM coded
    UNION ALL
    SELECT
        bare.enterprise_name, coalesce(bare.enterprise_code, chain.enterprise_code),
        coalesce(chain.first_name, bare.enterprise_name)
    FROM bare
    LEFT JOIN lineage ON lineage.enterprise_name = bare.enterprise_name
    LEFT JOIN chain ON chain.first_name = lineage.first_name
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
