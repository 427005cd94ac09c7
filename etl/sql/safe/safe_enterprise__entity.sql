-- 企业 | Enterprises
-- grain: enterprise_key
SELECT
    enterprise_key,
    enterprise_code,
    enterprise_name,
    nature_code,
    division_code,
    prefecture_code
FROM core_enterprise__entity
