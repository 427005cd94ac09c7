-- 有效资质的企业数 | Enterprises with a qualification in force, by division, qualification and grade
-- grain: division_code, qualification_code, grade_code
SELECT
    qualification.division_code,
    qualification.qualification_code,
    qualification.grade_code,
    count(DISTINCT qualification.enterprise_key) AS enterprises
FROM safe_qualification__history AS qualification
CROSS JOIN param_build AS build
WHERE (qualification.valid_from IS NULL OR qualification.valid_from <= build.as_of)
    AND (qualification.valid_to IS NULL OR qualification.valid_to >= build.as_of)
GROUP BY qualification.division_code, qualification.qualification_code, qualification.grade_code
