-- 专业注册季末存量 | Stock of specialty registrations at quarter ends, by division, specialty, category and status
-- grain: quarter_end, division_code, specialty_code, category_code, status_code
-- warning: 计数单位是专业注册，不是人；有效含即将到期；为零的格不列 | counts specialty registrations, not persons; valid includes expiring; empty cells are left out
WITH change AS (
    -- one row per observation and cell: registrations that came in less those that went out
    SELECT quarter_end, division_code, specialty_code, category_code, status_code, sum(entries) AS net
    FROM (
        SELECT quarter_from AS quarter_end, division_code, specialty_code, category_code, status_code, count(*) AS entries
        FROM safe_registration__history
        GROUP BY quarter_from, division_code, specialty_code, category_code, status_code
        UNION ALL
        SELECT quarter_to, division_code, specialty_code, category_code, status_code, -count(*)
        FROM safe_registration__history
        WHERE quarter_to IS NOT NULL
        GROUP BY quarter_to, division_code, specialty_code, category_code, status_code
    ) AS flow
    GROUP BY quarter_end, division_code, specialty_code, category_code, status_code
),
cell AS (
    -- one row per cell
    SELECT DISTINCT division_code, specialty_code, category_code, status_code FROM change
),
stock AS (
    -- one row per observation and cell
    SELECT
        calendar.quarter_end, cell.division_code, cell.specialty_code, cell.category_code, cell.status_code,
        sum(coalesce(change.net, 0)) OVER (
            PARTITION BY cell.division_code, cell.specialty_code, cell.category_code, cell.status_code
            ORDER BY calendar.quarter_end
        ) AS registrations
    FROM cell
    CROSS JOIN safe_calendar__quarterly AS calendar
    LEFT JOIN change
        ON change.quarter_end = calendar.quarter_end
        AND change.division_code IS NOT DISTINCT FROM cell.division_code
        AND change.specialty_code IS NOT DISTINCT FROM cell.specialty_code
        AND change.category_code IS NOT DISTINCT FROM cell.category_code
        AND change.status_code = cell.status_code
)
SELECT
    quarter_end, division_code, specialty_code, category_code, status_code,
    CAST(registrations AS BIGINT) AS registrations
FROM stock
WHERE registrations > 0
