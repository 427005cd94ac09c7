-- 证书现状 | Certificates as they stand on the as-of date
-- grain: public_id
SELECT
    link.public_id,
    link.person_ref,
    person.person_name,
    person.person_name_en,
    certificate.registration_no,
    certificate.certificate_no,
    certificate.category_code,
    enterprise.enterprise_name,
    enterprise.enterprise_code,
    enterprise.enterprise_key,
    certificate.division_code,
    certificate.prefecture_code,
    certificate.status_code,
    CAST(date_trunc('month', certificate.first_registered_on) AS DATE) AS first_registered_month
FROM core_certificate__entity AS certificate
JOIN safe_certificate__link AS link ON link.certificate_id = certificate.certificate_id
JOIN core_person__entity AS person ON person.person_id = certificate.person_id
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = certificate.enterprise_id
