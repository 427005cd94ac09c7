-- 专业注册现状 | Specialty registrations as they stand on the as-of date
-- grain: public_id, specialty_code
-- warning: 截止日只到月：因年龄上限截短的日期会暴露生日 | ends are given to the month: a day cut by the age limit would give a birthday away
WITH reached AS (
    -- one row per certificate × specialty: its last interval, and the day its unbroken validity began
    SELECT certificate_id, specialty_code, valid_from, valid_to, status_code
    FROM core_registration__history
    WHERE superseded_on IS NULL
)
SELECT
    link.public_id,
    link.person_ref,
    link.category_code,
    link.division_code,
    reached.specialty_code,
    CAST(date_trunc('month', reached.valid_from) AS DATE) AS valid_from_month,
    CAST(date_trunc('month', reached.valid_to) AS DATE) AS valid_to_month,
    CAST(date_trunc('month', reached.valid_to) AS DATE) AS month_ahead,
    reached.status_code
FROM reached
JOIN safe_certificate__link AS link ON link.certificate_id = reached.certificate_id
