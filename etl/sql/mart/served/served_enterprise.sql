-- 企业查询 | Enterprises, for the lookup
-- grain: enterprise_key
-- warning: 人数少于规定者为空 | persons is empty below the number of the rule
WITH employed AS (
    -- one row per enterprise with a certificate in force
    SELECT certificate.enterprise_key, count_persons(certificate.person_ref) AS persons,
        max(rule.value) AS least
    FROM safe_certificate__entity AS certificate
    JOIN codes_status AS status ON status.code = certificate.status_code AND status.in_force = 'yes'
    CROSS JOIN rule_registration AS rule
    WHERE rule.rule = 'enterprise_headcount_least'
    GROUP BY certificate.enterprise_key
)
SELECT
    enterprise.enterprise_key, enterprise.enterprise_name, enterprise.enterprise_code, enterprise.nature_code,
    enterprise.division_code, enterprise.prefecture_code,
    CASE WHEN employed.persons >= employed.least THEN employed.persons END AS persons
FROM safe_enterprise__entity AS enterprise
LEFT JOIN employed ON employed.enterprise_key = enterprise.enterprise_key
