-- 名册上的进出 | Certificates that came onto a roster or left it between two successive snapshots
-- grain: source_name, series, certificate_id, observed_by
-- warning: 第一个快照已列的不算进入；中断一次即一出一进，不作弥合 | what the first snapshot lists did not enter; a gap is an exit and a re-entry, never bridged
WITH standing AS (
    -- one row per certificate and snapshot, with what the snapshot says of it
    SELECT
        presence.source_name, presence.series, presence.received_on, presence.certificate_id, presence.former_on,
        presence.next_on, presence.listed_before, presence.listed_next, holding.enterprise_id,
        holding.division_code, holding.category_code
    FROM core_presence__history AS presence
    LEFT JOIN core_holding__history AS holding
        ON holding.source_name = presence.source_name
        AND holding.series = presence.series
        AND holding.received_on = presence.received_on
        AND holding.certificate_id = presence.certificate_id
)
SELECT
    source_name, series, certificate_id,
    CASE WHEN listed_before IS NULL THEN 'entry' ELSE 'reentry' END AS change_type_code,
    CAST(NULL AS UBIGINT) AS enterprise_id_from, enterprise_id, division_code, category_code,
    former_on AS observed_after, received_on AS observed_by
FROM standing
WHERE former_on IS NOT NULL AND listed_before IS DISTINCT FROM former_on
UNION ALL
SELECT
    source_name, series, certificate_id, 'exit', enterprise_id, CAST(NULL AS UBIGINT), division_code, category_code,
    received_on, next_on
FROM standing
WHERE next_on IS NOT NULL AND listed_next IS DISTINCT FROM next_on
