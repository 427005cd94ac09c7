-- 证书在相继两个快照之间的差异 | What differs in a certificate between two successive snapshots that both list it
-- grain: source_name, series, certificate_id, observed_by, change_type_code
-- warning: 未载的单位或地址不算变化；姓名增减也算更改，但整个快照都没有的一种姓名不比较 | an employer or address that is not told is no change; gaining or losing a name is, but not where a snapshot has that kind of name in no row
WITH named AS (
    -- one row per snapshot: which kinds of name any of its rows has
    SELECT
        source_name, series, received_on, count(person_name) > 0 AS has_name, count(person_name_en) > 0 AS has_name_en
    FROM core_holding__history
    GROUP BY source_name, series, received_on
),
held AS (
    -- one row per certificate in a snapshot
    SELECT
        holding.source_name, holding.series, holding.received_on, presence.compared_on, holding.certificate_id,
        holding.person_name, holding.person_name_en, holding.business_address, holding.enterprise_id,
        holding.enterprise_name, holding.division_code, holding.category_code, named.has_name, named.has_name_en
    FROM core_holding__history AS holding
    JOIN named
        ON named.source_name = holding.source_name
        AND named.series = holding.series
        AND named.received_on = holding.received_on
    JOIN core_presence__history AS presence
        ON presence.source_name = holding.source_name
        AND presence.series = holding.series
        AND presence.received_on = holding.received_on
        AND presence.certificate_id = holding.certificate_id
),
paired AS (
    -- one row per certificate in a snapshot and in the one before where it could be read, with the kinds of change
    SELECT
        present.source_name, present.series, present.certificate_id, present.division_code, present.category_code,
        present.compared_on AS observed_after, present.received_on AS observed_by,
        former.enterprise_id AS enterprise_id_from, present.enterprise_id,
        CASE
            WHEN renaming.enterprise_id IS NOT NULL THEN 'unit_rename'
            WHEN former.enterprise_id <> present.enterprise_id THEN 'employer'
            WHEN former.enterprise_name <> present.enterprise_name THEN 'unit_rename'
        END AS employer_change,
        CASE WHEN differs(former.person_name, present.person_name, former.has_name AND present.has_name)
            OR differs(former.person_name_en, present.person_name_en, former.has_name_en AND present.has_name_en)
            THEN 'person_rename' END AS name_change,
        CASE WHEN differs(former.business_address, present.business_address,
            former.business_address IS NOT NULL AND present.business_address IS NOT NULL)
            THEN 'address' END AS address_change
    FROM held AS present
    JOIN held AS former
        ON former.source_name = present.source_name
        AND former.series = present.series
        AND former.received_on = present.compared_on
        AND former.certificate_id = present.certificate_id
    LEFT JOIN core_renaming__event AS renaming
        ON renaming.source_name = present.source_name
        AND renaming.series = present.series
        AND renaming.received_on = present.received_on
        AND renaming.enterprise_id_from = former.enterprise_id
        AND renaming.enterprise_id = present.enterprise_id
)
SELECT
    source_name, series, certificate_id, employer_change AS change_type_code, enterprise_id_from, enterprise_id,
    division_code, category_code, observed_after, observed_by
FROM paired
WHERE employer_change IS NOT NULL
UNION ALL
SELECT
    source_name, series, certificate_id, name_change, NULL, enterprise_id, division_code, category_code,
    observed_after, observed_by
FROM paired
WHERE name_change IS NOT NULL
UNION ALL
SELECT
    source_name, series, certificate_id, address_change, NULL, enterprise_id, division_code, category_code,
    observed_after, observed_by
FROM paired
WHERE address_change IS NOT NULL
