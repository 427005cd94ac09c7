-- 证书现状 | Certificates as they stand on the as-of date
-- grain: public_id
-- warning: holder_public_id 是持证人最早注册的证书的公开标识；凭概率认到的证书单独成页 | holder_public_id is the public id of the holder's earliest certificate; one that was linked by score has a page of its own
-- warning: 任一专业的截止月份不知道或不说，证书的就为空 | the month of its end is empty where that of any specialty is unknown or not told
WITH registered AS (
    -- one row per certificate: the month of its last end, and the status that any of its specialties has beside expiring
    SELECT
        certificate_id,
        CASE WHEN count(valid_to_month) = count(*) THEN max(valid_to_month) END AS valid_to_month,
        max(CASE WHEN status_code = 'valid' THEN status_code END) AS valid_status
    FROM safe_registration__entity
    GROUP BY certificate_id
)
SELECT
    link.public_id,
    first_value(link.public_id) OVER (
        PARTITION BY link.person_ref, CASE WHEN certificate.link_how = 'probability' THEN link.public_id END
        ORDER BY month_of(certificate.first_registered_on) NULLS LAST, link.public_id
    ) AS holder_public_id,
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
    CASE WHEN certificate.status_code = 'expiring' THEN coalesce(registered.valid_status, certificate.status_code)
        ELSE certificate.status_code END AS status_code,
    month_of(certificate.first_registered_on) AS first_registered_month,
    registered.valid_to_month,
    certificate.source_name,
    certificate.received_on
FROM core_certificate__entity AS certificate
JOIN safe_certificate__link AS link ON link.certificate_id = certificate.certificate_id
JOIN core_person__entity AS person ON person.person_id = certificate.person_id
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = certificate.enterprise_id
LEFT JOIN registered ON registered.certificate_id = certificate.certificate_id
