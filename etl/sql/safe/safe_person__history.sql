-- 在册人员逐季 | Persons in force from quarter end to quarter end, each once per cell: [quarter_from, quarter_to)
-- grain: person_ref, quarter_from, division_code, category_code
-- warning: 同一人的多张证书在同一格内只计一次；无地区即登记册一级，无类别即不分类别 | several certificates of one person count once in a cell; no division means the register level, no category all of them
WITH holder AS (
    -- one row per person: only where there are several certificates can stretches overlap
    SELECT person_ref, count(*) AS certificates
    FROM safe_certificate__link
    GROUP BY person_ref
),
stretch AS (
    -- one row per stretch of a certificate, and whether another one of its holder may overlap it
    SELECT
        history.person_ref, history.division_code, history.category_code, history.quarter_from, history.quarter_to,
        holder.certificates > 1 AS is_several
    FROM safe_certificate__history AS history
    JOIN holder ON holder.person_ref = history.person_ref
),
cell AS (
    -- one row per stretch and kind of cell it counts in
    SELECT person_ref, division_code, category_code, quarter_from, quarter_to, is_several
    FROM stretch
    WHERE category_code IS NOT NULL
    UNION ALL
    SELECT person_ref, division_code, CAST(NULL AS VARCHAR), quarter_from, quarter_to, is_several
    FROM stretch
),
held AS (
    -- one row per stretch that may overlap, with the end reached by those before it in the cell
    SELECT
        person_ref, division_code, category_code, quarter_from,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            history ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached,
        max(coalesce(quarter_to, DATE '9999-12-31')) OVER (
            history ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS last_to
    FROM cell
    WHERE is_several
    WINDOW history AS (PARTITION BY person_ref, division_code, category_code ORDER BY quarter_from)
),
spell AS (
    -- one row per person, cell and unbroken spell
    SELECT person_ref, division_code, category_code, quarter_from, quarter_to
    FROM cell
    WHERE NOT is_several
    UNION ALL
    SELECT
        person_ref, division_code, category_code, quarter_from,
        nullif(
            coalesce(
                lead(reached) OVER (PARTITION BY person_ref, division_code, category_code ORDER BY quarter_from),
                last_to
            ),
            DATE '9999-12-31'
        )
    FROM held
    WHERE reached IS NULL OR reached < quarter_from
)
SELECT
    CASE WHEN division_code IS NULL THEN 'register' ELSE 'division' END AS level,
    CASE WHEN category_code IS NULL THEN 'all' ELSE 'category' END AS breakdown,
    person_ref, division_code, category_code, quarter_from, quarter_to
FROM spell
