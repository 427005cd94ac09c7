-- 地区间流动 | Moves between enterprises by year, from division to division; the same division = within it
-- grain: year, division_code_from, division_code_to
-- warning: 一人多证同月同向变动计一次；单位地区取截至日登记地 | several certificates of one person that move together count once; divisions of enterprises are those of the as-of date
WITH moved AS (
    -- one row per month and pair of enterprises
    SELECT
        month, enterprise_id_from, enterprise_id, division_code_from, division_code_to,
        count_persons(person_ref) AS moves
    FROM safe_move__event
    GROUP BY month, enterprise_id_from, enterprise_id, division_code_from, division_code_to
)
SELECT
    CAST(extract(year FROM month) AS INTEGER) AS year,
    division_code_from,
    division_code_to,
    CAST(sum(moves) AS BIGINT) AS moves
FROM moved
GROUP BY extract(year FROM month), division_code_from, division_code_to
