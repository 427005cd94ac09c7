-- 在册人数与证书数季末存量 | Persons and certificates in force at quarter ends, for the register and by division and category
-- grain: level, breakdown, quarter_end, division_code, category_code
-- warning: 一人多证在同一格内只计一次，故各格之和可大于总数 | a person with several certificates counts once in a cell, so cells can sum to more than the total
-- warning: 历史表在一格内每人每段一行，故计行即计人 | the histories have one row per person, cell and spell, so counting rows counts persons
WITH flow AS (
    -- one row per observation, cell and direction: persons and certificates that came in (or went out, negative)
    SELECT
        level, breakdown, quarter_from AS quarter_end, division_code, category_code,
        count(*) AS persons, 0 AS certificates
    FROM safe_person__history
    GROUP BY level, breakdown, quarter_from, division_code, category_code
    UNION ALL
    SELECT level, breakdown, quarter_to, division_code, category_code, -count(*), 0
    FROM safe_person__history
    WHERE quarter_to IS NOT NULL
    GROUP BY level, breakdown, quarter_to, division_code, category_code
    UNION ALL
    SELECT
        level, CASE WHEN grouping(category_code) = 1 THEN 'all' ELSE 'category' END, quarter_from, division_code,
        category_code, 0, count(*)
    FROM safe_certificate__history
    GROUP BY GROUPING SETS (
        (level, quarter_from, division_code), (level, quarter_from, division_code, category_code)
    )
    UNION ALL
    SELECT
        level, CASE WHEN grouping(category_code) = 1 THEN 'all' ELSE 'category' END, quarter_to, division_code,
        category_code, 0, -count(*)
    FROM safe_certificate__history
    WHERE quarter_to IS NOT NULL
    GROUP BY GROUPING SETS (
        (level, quarter_to, division_code), (level, quarter_to, division_code, category_code)
    )
),
change AS (
    -- one row per observation and cell
    SELECT
        level, breakdown, quarter_end, division_code, category_code,
        sum(persons) AS persons, sum(certificates) AS certificates
    FROM flow
    GROUP BY level, breakdown, quarter_end, division_code, category_code
),
cell AS (
    -- one row per cell
    SELECT DISTINCT level, breakdown, division_code, category_code FROM change
),
stock AS (
    -- one row per observation and cell
    SELECT
        cell.level, cell.breakdown, calendar.quarter_end, cell.division_code, cell.category_code,
        sum(coalesce(change.persons, 0)) OVER history AS persons,
        sum(coalesce(change.certificates, 0)) OVER history AS certificates
    FROM cell
    CROSS JOIN safe_calendar__quarterly AS calendar
    LEFT JOIN change
        ON change.level = cell.level
        AND change.breakdown = cell.breakdown
        AND change.quarter_end = calendar.quarter_end
        AND change.division_code IS NOT DISTINCT FROM cell.division_code
        AND change.category_code IS NOT DISTINCT FROM cell.category_code
    WINDOW history AS (
        PARTITION BY cell.level, cell.breakdown, cell.division_code, cell.category_code
        ORDER BY calendar.quarter_end
    )
)
SELECT
    level, breakdown, quarter_end, division_code, category_code,
    CAST(persons AS BIGINT) AS persons,
    CAST(certificates AS BIGINT) AS certificates
FROM stock
WHERE persons > 0
