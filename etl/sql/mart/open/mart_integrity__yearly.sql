-- 诚信记录 | Integrity records of persons by year of decision, kind and level of the authority
-- grain: year, kind_code, authority_level_code
SELECT
    CAST(extract(year FROM decided_on) AS INTEGER) AS year,
    kind_code,
    authority_level_code,
    count(*) AS records
FROM safe_integrity__event
WHERE enterprise_key IS NULL
GROUP BY extract(year FROM decided_on), kind_code, authority_level_code
