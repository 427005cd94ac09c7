-- 年末在册人员的继续教育 | Continuing education of persons in force at year ends, for their main registration
-- grain: year, person_ref
-- warning: 计主要注册的类别与专业在一个有效期长度的各年（含当年）内的学时；没有学时记录者不在此表 | counts the hours for category and specialty of the main registration in as many years, the current one included, as a validity period has; who has no hours on record is not here
WITH required AS (
    -- one row per year: the hours that the rules in force on its last day ask for, and the years of a validity period
    SELECT
        year_end.year,
        max(CASE WHEN rule.rule = 'education_hours' THEN CAST(rule.value AS INTEGER) END) AS hours,
        max(CASE WHEN rule.rule = 'education_compulsory_hours' THEN CAST(rule.value AS INTEGER) END) AS compulsory_hours,
        max(CASE WHEN rule.rule = 'education_elective_hours' THEN CAST(rule.value AS INTEGER) END) AS elective_hours,
        max(CASE WHEN rule.rule = 'validity_months' THEN CAST(rule.value AS INTEGER) END) // 12 AS years
    FROM (SELECT DISTINCT year FROM safe_person__yearly) AS year_end
    JOIN rule_registration AS rule
        ON coalesce(rule.valid_from <= make_date(year_end.year, 12, 31), true)
        AND coalesce(rule.valid_to >= make_date(year_end.year, 12, 31), true)
    GROUP BY year_end.year
),
done AS (
    -- one row per person and year end: the hours on record
    SELECT
        yearly.year, yearly.person_ref,
        sum(coalesce(education.compulsory_hours, 0)) AS compulsory_hours,
        sum(coalesce(education.elective_hours, 0)) AS elective_hours
    FROM safe_person__yearly AS yearly
    JOIN required ON required.year = yearly.year
    JOIN safe_certificate__link AS link
        ON link.person_ref = yearly.person_ref AND link.category_code IS NOT DISTINCT FROM yearly.category_code
    JOIN core_education__yearly AS education
        ON education.certificate_id = link.certificate_id
        AND coalesce(education.specialty_code = yearly.specialty_code, true)
        AND education.period_year BETWEEN yearly.year - required.years + 1 AND yearly.year
    GROUP BY yearly.year, yearly.person_ref
)
SELECT
    done.year, done.person_ref,
    CASE
        WHEN done.compulsory_hours + done.elective_hours >= required.hours
            AND done.compulsory_hours >= required.compulsory_hours
            AND done.elective_hours >= required.elective_hours THEN 'met'
        ELSE 'partly'
    END AS continuing_education_code
FROM done
JOIN required ON required.year = done.year
WHERE done.compulsory_hours + done.elective_hours > 0
