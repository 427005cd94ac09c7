-- 证书查询 | Certificates, for the lookup
-- grain: public_id
WITH ending AS (
    -- one row per certificate: the month in which the last of its registrations ends
    SELECT public_id, max(valid_to_month) AS valid_to_month
    FROM safe_registration__entity
    GROUP BY public_id
)
SELECT
    certificate.public_id, certificate.person_name, certificate.person_name_en, certificate.registration_no,
    certificate.certificate_no, certificate.category_code, certificate.enterprise_name,
    certificate.enterprise_code, certificate.enterprise_key, certificate.division_code,
    certificate.prefecture_code, certificate.status_code, certificate.first_registered_month,
    ending.valid_to_month
FROM safe_certificate__entity AS certificate
LEFT JOIN ending ON ending.public_id = certificate.public_id
