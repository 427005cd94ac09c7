-- 在册人员逐季 | Persons in force from quarter end to quarter end, each once per cell: [quarter_from, quarter_to)
-- grain: level, breakdown, person_ref, division_code, category_code, quarter_from
-- warning: 同一人的多张证书、多个专业在同一格内只计一次 | several certificates or specialties of one person count once in a cell
WITH held AS (
    -- one row per stretch in force of any registration of a person in a division and category
    SELECT DISTINCT person_ref, division_code, category_code, quarter_from, quarter_to
    FROM safe_registration__history
    WHERE status_code = 'valid'
),
cell AS (
    -- one row per stretch and kind of cell it counts in
    SELECT
        'register' AS level, 'all' AS breakdown, person_ref, CAST(NULL AS VARCHAR) AS division_code,
        CAST(NULL AS VARCHAR) AS category_code, quarter_from, quarter_to
    FROM held
    UNION ALL
    SELECT 'register', 'category', person_ref, NULL, category_code, quarter_from, quarter_to
    FROM held
    WHERE category_code IS NOT NULL
    UNION ALL
    SELECT 'division', 'all', person_ref, division_code, NULL, quarter_from, quarter_to
    FROM held
    WHERE division_code IS NOT NULL
    UNION ALL
    SELECT 'division', 'category', person_ref, division_code, category_code, quarter_from, quarter_to
    FROM held
    WHERE division_code IS NOT NULL AND category_code IS NOT NULL
),
reached AS (
    -- one row per stretch, with the end reached by those before it in the cell
    SELECT
        level, breakdown, person_ref, division_code, category_code, quarter_from,
        coalesce(quarter_to, DATE '9999-12-31') AS quarter_to,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            PARTITION BY level, breakdown, person_ref, division_code, category_code
            ORDER BY quarter_from, quarter_to
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached
    FROM cell
),
numbered AS (
    -- one row per stretch, with the number of the unbroken spell it belongs to
    SELECT
        level, breakdown, person_ref, division_code, category_code, quarter_from, quarter_to,
        sum(CASE WHEN reached >= quarter_from THEN 0 ELSE 1 END) OVER (
            PARTITION BY level, breakdown, person_ref, division_code, category_code
            ORDER BY quarter_from, quarter_to
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spell
    FROM reached
)
SELECT
    level, breakdown, person_ref, division_code, category_code,
    min(quarter_from) AS quarter_from,
    nullif(max(quarter_to), DATE '9999-12-31') AS quarter_to
FROM numbered
GROUP BY level, breakdown, person_ref, division_code, category_code, spell
