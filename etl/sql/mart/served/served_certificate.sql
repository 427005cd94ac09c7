-- 证书查询 | Certificates, for the lookup
-- grain: public_id
-- warning: 列序使数字列之间隔着文字，否则相邻的编码在文件中会像证件号 | columns of digits have text between them, for side by side they would look like identity numbers in the file
SELECT
    public_id, holder_public_id, registration_no, person_name, person_name_en, certificate_no, status_code,
    category_code, enterprise_name, enterprise_code, source_name, enterprise_key, received_on, division_code,
    prefecture_code, first_registered_month, valid_to_month
FROM safe_certificate__entity
