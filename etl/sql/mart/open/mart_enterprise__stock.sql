-- 企业存量 | Enterprises with a certificate in force, by division and nature, and the persons they employ
-- grain: division_code, nature_code
-- warning: 截至日现状；一人同时在两家企业时在两格各计一次 | as of the as-of date; a person at two enterprises counts in both cells
SELECT
    enterprise.division_code,
    enterprise.nature_code,
    count(DISTINCT enterprise.enterprise_key) AS enterprises,
    count_persons(certificate.person_ref) AS persons
FROM safe_enterprise__entity AS enterprise
JOIN safe_certificate__entity AS certificate ON certificate.enterprise_key = enterprise.enterprise_key
JOIN codes_status AS status ON status.code = certificate.status_code AND status.in_force = 'yes'
GROUP BY enterprise.division_code, enterprise.nature_code
