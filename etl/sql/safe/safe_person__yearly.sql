-- 年末在册人员及其主要注册 | Persons in force at year ends, each once, at the main one of their registrations
-- grain: year, person_ref
-- warning: 主要注册：有效注册中类别次序最前、地区代码最小、专业代码最小者；只由公开事实决定（docs/decisions/0009） | the main registration in force is that of the first category in the order of its list, then of the smallest division and specialty code: public facts only (docs/decisions/0009)
-- warning: 只列受保护的表所述的年份，且该年已结束 | only finished years, from the first that protected tables tell
WITH year_end AS (
    -- one row per finished year, with its last day
    SELECT CAST(extract(year FROM calendar.quarter_end) AS INTEGER) AS year, calendar.quarter_end AS year_end
    FROM safe_calendar__quarterly AS calendar
    JOIN param_disclosure AS disclosure ON extract(year FROM calendar.quarter_end) >= disclosure.first_year
    WHERE extract(month FROM calendar.quarter_end) = 12 AND extract(day FROM calendar.quarter_end) = 31
),
held AS (
    -- one row per registration in force at a year's end, with its place among those of its holder
    SELECT
        year_end.year, history.person_ref, history.division_code, history.category_code, history.specialty_code,
        row_number() OVER (
            PARTITION BY year_end.year, history.person_ref
            ORDER BY
                category.sort NULLS LAST, history.category_code NULLS LAST,
                history.division_code NULLS LAST, history.specialty_code NULLS LAST
        ) AS place
    FROM safe_registration__history AS history
    JOIN year_end
        ON history.quarter_from <= year_end.year_end
        AND (history.quarter_to IS NULL OR history.quarter_to > year_end.year_end)
    LEFT JOIN codes_category AS category ON category.code = history.category_code
    WHERE history.status_code = 'valid'
)
SELECT year, person_ref, division_code, category_code, specialty_code
FROM held
WHERE place = 1
