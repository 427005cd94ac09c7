-- 在册证书逐季 | Certificates in force from quarter end to quarter end, each once per cell: [quarter_from, quarter_to)
-- grain: level, public_id, division_code, quarter_from
WITH held AS (
    -- one row per stretch in force of any specialty of a certificate in a division
    SELECT DISTINCT public_id, division_code, category_code, quarter_from, quarter_to
    FROM safe_registration__history
    WHERE status_code = 'valid'
),
cell AS (
    -- one row per stretch and level it counts in
    SELECT 'register' AS level, public_id, CAST(NULL AS VARCHAR) AS division_code, category_code, quarter_from, quarter_to
    FROM held
    UNION ALL
    SELECT 'division', public_id, division_code, category_code, quarter_from, quarter_to
    FROM held
    WHERE division_code IS NOT NULL
),
reached AS (
    -- one row per stretch, with the end reached by those before it in the cell
    SELECT
        level, public_id, division_code, category_code, quarter_from,
        coalesce(quarter_to, DATE '9999-12-31') AS quarter_to,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            PARTITION BY level, public_id, division_code
            ORDER BY quarter_from, quarter_to
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached
    FROM cell
),
numbered AS (
    -- one row per stretch, with the number of the unbroken spell it belongs to
    SELECT
        level, public_id, division_code, category_code, quarter_from, quarter_to,
        sum(CASE WHEN reached >= quarter_from THEN 0 ELSE 1 END) OVER (
            PARTITION BY level, public_id, division_code
            ORDER BY quarter_from, quarter_to
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS spell
    FROM reached
)
SELECT
    level, public_id, division_code, category_code,
    min(quarter_from) AS quarter_from,
    nullif(max(quarter_to), DATE '9999-12-31') AS quarter_to
FROM numbered
GROUP BY level, public_id, division_code, category_code, spell
