-- 企业查询 | Enterprises, for the lookup
-- grain: enterprise_key
WITH employed AS (
    -- one row per enterprise with a certificate in force
    SELECT certificate.enterprise_key, count_persons(certificate.person_ref) AS persons
    FROM safe_certificate__entity AS certificate
    JOIN codes_status AS status ON status.code = certificate.status_code AND status.in_force = 'yes'
    GROUP BY certificate.enterprise_key
)
SELECT
    enterprise.enterprise_key, enterprise.enterprise_code, enterprise.enterprise_name, enterprise.nature_code,
    enterprise.division_code, enterprise.prefecture_code, coalesce(employed.persons, 0) AS persons
FROM safe_enterprise__entity AS enterprise
LEFT JOIN employed ON employed.enterprise_key = enterprise.enterprise_key
