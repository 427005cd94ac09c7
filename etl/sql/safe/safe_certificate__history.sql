-- 在册证书逐季 | Certificates in force from quarter end to quarter end, each once per cell: [quarter_from, quarter_to)
-- grain: certificate_id, level, quarter_from, division_code
-- warning: 登记册一级由各地区合并而来，含无地区者 | the register level merges the divisions, and what has none
WITH held AS (
    -- one row per stretch in force of any specialty of a certificate in a division, with the end reached by those before it
    SELECT
        certificate_id, person_ref, division_code, category_code, quarter_from,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            history ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS last_to
    FROM safe_registration__history
    WHERE status_code = 'valid'
    WINDOW history AS (PARTITION BY certificate_id, division_code ORDER BY quarter_from)
),
placed AS (
    -- one row per unbroken spell in a division: it ends at what was reached before the next one starts
    SELECT
        certificate_id, person_ref, division_code, category_code, quarter_from,
        coalesce(
            lead(reached) OVER (PARTITION BY certificate_id, division_code ORDER BY quarter_from), last_to
        ) AS quarter_to
    FROM held
    WHERE reached IS NULL OR reached < quarter_from
),
joined AS (
    -- one row per spell in a division, with the end reached by those before it in any division
    SELECT
        certificate_id, person_ref, category_code, quarter_from,
        max(quarter_to) OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached,
        max(quarter_to) OVER (history ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_to
    FROM placed
    WINDOW history AS (PARTITION BY certificate_id ORDER BY quarter_from)
),
spell AS (
    -- one row per unbroken spell and level
    SELECT 'division' AS level, certificate_id, person_ref, division_code, category_code, quarter_from, quarter_to
    FROM placed
    WHERE division_code IS NOT NULL
    UNION ALL
    SELECT
        'register', certificate_id, person_ref, NULL, category_code, quarter_from,
        coalesce(lead(reached) OVER (PARTITION BY certificate_id ORDER BY quarter_from), last_to)
    FROM joined
    WHERE reached IS NULL OR reached < quarter_from
)
SELECT
    level, certificate_id, person_ref, division_code, category_code, quarter_from,
    nullif(quarter_to, DATE '9999-12-31') AS quarter_to
FROM spell
