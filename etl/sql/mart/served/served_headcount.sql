-- 企业在册人数查询 | Persons in force at an enterprise by category and specialty, for the lookup
-- grain: enterprise_key, category_code, specialty_code
-- warning: 人数少于规定者不列；各格之和大于总数，因为一人可有多项注册 | cells below the number of the rule are left out; they add up to more than the total, for one person may hold several registrations
SELECT
    certificate.enterprise_key, certificate.category_code, registration.specialty_code,
    count_persons(certificate.person_ref) AS persons
FROM safe_certificate__entity AS certificate
JOIN safe_registration__entity AS registration ON registration.public_id = certificate.public_id
JOIN codes_status AS status ON status.code = registration.status_code AND status.in_force = 'yes'
CROSS JOIN rule_registration AS rule
WHERE rule.rule = 'enterprise_headcount_least' AND certificate.enterprise_key IS NOT NULL
GROUP BY certificate.enterprise_key, certificate.category_code, registration.specialty_code
HAVING count_persons(certificate.person_ref) >= max(rule.value)
