-- 证书的公开标识与人员假名 | Public identifier of each certificate and pseudonym of its holder
-- grain: certificate_id
-- checks: unique(public_id), not_null(person_ref)
-- warning: 出生日期不明者视为随时临近年龄上限 | a holder of unknown birth counts as near the age limit in any year
WITH age_limit AS (
    -- one row: the lowest age limit of the rules; NULL without one
    SELECT min(CAST(value AS INTEGER)) AS years FROM rule_registration WHERE rule = 'age_limit'
)
SELECT
    certificate.certificate_id,
    public_identifier(certificate.certificate_id) AS public_id,
    keyed_pseudonym(certificate.person_id) AS person_ref,
    certificate.category_code,
    certificate.division_code,
    CASE WHEN age_limit.years IS NOT NULL
        THEN coalesce(CAST(extract(year FROM person.birth_date) AS INTEGER) + age_limit.years - 1, 0)
        END AS discreet_year
FROM core_certificate__entity AS certificate
JOIN core_person__entity AS person ON person.person_id = certificate.person_id
CROSS JOIN age_limit
