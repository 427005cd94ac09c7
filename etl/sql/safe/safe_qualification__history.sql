-- 企业资质 | Qualifications of enterprises
-- grain: enterprise_key, qualification_no, qualification_code, valid_from
SELECT
    enterprise.enterprise_key,
    qualification.qualification_no,
    qualification.qualification_code,
    qualification.grade_code,
    qualification.valid_from,
    qualification.valid_to,
    enterprise.division_code
FROM core_qualification__history AS qualification
JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = qualification.enterprise_id
