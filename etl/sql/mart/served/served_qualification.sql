-- 企业资质查询 | Qualifications of enterprises, for the lookup
-- grain: enterprise_key, qualification_no, qualification_code, grade_code, valid_to
SELECT DISTINCT enterprise_key, qualification_no, qualification_code, grade_code, valid_to
FROM safe_qualification__history
