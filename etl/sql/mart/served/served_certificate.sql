-- 证书查询 | Certificates, for the lookup
-- grain: public_id
-- warning: 撤下者不在其中，统计照计 | without persons who were taken down; statistics count them
-- warning: 列序使数字列之间隔着文字，否则相邻的编码在文件中会像证件号 | columns of digits have text between them, for side by side they would look like identity numbers in the file
SELECT
    certificate.public_id, certificate.holder_public_id, certificate.registration_no, certificate.person_name,
    certificate.person_name_en, certificate.certificate_no, certificate.status_code, certificate.category_code,
    certificate.enterprise_name, certificate.enterprise_code, certificate.source_name, certificate.enterprise_key,
    certificate.received_on, certificate.division_code, certificate.prefecture_code,
    certificate.first_registered_month, certificate.valid_to_month
FROM safe_certificate__entity AS certificate
ANTI JOIN safe_withdrawal__link AS down ON down.public_id = certificate.public_id
