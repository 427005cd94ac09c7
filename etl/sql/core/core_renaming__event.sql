-- 快照所示的单位更名 | Renamings of units without a code, as snapshots show them
-- grain: source_name, series, received_on, enterprise_id_from
-- warning: 旧名消失、新名此前没有，且留下的人达到规则比例同去一名，才是更名 | the old name is gone, the new one was not there, and of those who stay the share of the rule stands under the one new name
WITH holder AS (
    -- one row per certificate in a snapshot with the unit it is at, only known by name
    SELECT
        holding.source_name, holding.series, holding.received_on, snapshot.next_on, holding.certificate_id,
        holding.enterprise_id, holding.enterprise_code
    FROM core_holding__history AS holding
    JOIN core_snapshot__history AS snapshot
        ON snapshot.source_name = holding.source_name
        AND snapshot.series = holding.series
        AND snapshot.received_on = holding.received_on
    WHERE holding.enterprise_id IS NOT NULL
),
unit AS (
    -- one row per unit in a snapshot
    SELECT DISTINCT source_name, series, received_on, enterprise_id FROM holder
),
followed AS (
    -- one row per certificate of a unit that is gone in the next snapshot, with the unit it is at then
    SELECT
        former.source_name, former.series, present.received_on, former.enterprise_id AS enterprise_id_from,
        CASE WHEN present.enterprise_code IS NULL AND known.enterprise_id IS NULL THEN present.enterprise_id END AS enterprise_id
    FROM holder AS former
    JOIN holder AS present
        ON present.source_name = former.source_name
        AND present.series = former.series
        AND present.received_on = former.next_on
        AND present.certificate_id = former.certificate_id
    ANTI JOIN unit AS remaining
        ON remaining.source_name = former.source_name
        AND remaining.series = former.series
        AND remaining.received_on = former.next_on
        AND remaining.enterprise_id = former.enterprise_id
    LEFT JOIN unit AS known
        ON known.source_name = former.source_name
        AND known.series = former.series
        AND known.received_on = former.received_on
        AND known.enterprise_id = present.enterprise_id
    WHERE former.enterprise_code IS NULL
),
counted AS (
    -- one row per unit gone and unit come: how many went there, and how many of the unit gone are left at all
    SELECT
        source_name, series, received_on, enterprise_id_from, enterprise_id, count(*) AS certificates,
        sum(count(*)) OVER (PARTITION BY source_name, series, received_on, enterprise_id_from) AS persons
    FROM followed
    GROUP BY source_name, series, received_on, enterprise_id_from, enterprise_id
)
SELECT counted.source_name, counted.series, counted.received_on, counted.enterprise_id_from, counted.enterprise_id
FROM counted
JOIN rule_registration AS share ON share.rule = 'unit_rename_percent'
JOIN rule_registration AS fewest ON fewest.rule = 'unit_rename_holders'
WHERE counted.enterprise_id IS NOT NULL
    AND counted.certificates >= fewest.value
    AND counted.certificates * 100 >= counted.persons * share.value
