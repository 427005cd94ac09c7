-- 证书查询 | Certificates, for the lookup
-- grain: public_id
SELECT
    public_id, person_name, person_name_en, registration_no, certificate_no, category_code, enterprise_name,
    enterprise_code, enterprise_key, division_code, prefecture_code, status_code, first_registered_month,
    valid_to_month
FROM safe_certificate__entity
