-- 在册人员逐季 | Persons in force from quarter end to quarter end, each once per cell: [quarter_from, quarter_to)
-- grain: person_ref, division_code, category_code, quarter_from
-- warning: 同一人的多张证书在同一格内只计一次；无地区即登记册一级，无类别即不分类别 | several certificates of one person count once in a cell; no division means the register level, no category all of them
WITH cell AS (
    -- one row per stretch of a certificate and kind of cell it counts in
    SELECT person_ref, division_code, category_code, quarter_from, quarter_to
    FROM safe_certificate__history
    WHERE category_code IS NOT NULL
    UNION ALL
    SELECT person_ref, division_code, CAST(NULL AS VARCHAR), quarter_from, quarter_to
    FROM safe_certificate__history
),
held AS (
    -- one row per stretch, with the end reached by those before it in the cell
    SELECT
        person_ref, division_code, category_code, quarter_from,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            history ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS last_to
    FROM cell
    WINDOW history AS (PARTITION BY person_ref, division_code, category_code ORDER BY quarter_from)
)
SELECT
    CASE WHEN division_code IS NULL THEN 'register' ELSE 'division' END AS level,
    CASE WHEN category_code IS NULL THEN 'all' ELSE 'category' END AS breakdown,
    person_ref, division_code, category_code, quarter_from,
    nullif(
        coalesce(
            lead(reached) OVER (PARTITION BY person_ref, division_code, category_code ORDER BY quarter_from),
            last_to
        ),
        DATE '9999-12-31'
    ) AS quarter_to
FROM held
WHERE reached IS NULL OR reached < quarter_from
