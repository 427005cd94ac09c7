-- 证书的公开标识与人员假名 | Public identifier of each certificate and pseudonym of its holder
-- grain: certificate_id
-- checks: unique(public_id), not_null(person_ref)
SELECT
    certificate_id,
    public_identifier(certificate_id) AS public_id,
    keyed_pseudonym(person_id) AS person_ref,
    category_code,
    division_code
FROM core_certificate__entity
