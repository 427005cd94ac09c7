-- 各快照所列的证书 | Certificates that each snapshot lists, with what its rows say of them
-- grain: source_name, series, received_on, certificate_id
SELECT
    source_name, series, received_on, certificate_id,
    min_by(enterprise_id, precedence) AS enterprise_id,
    min_by(enterprise_code, precedence) AS enterprise_code,
    min_by(enterprise_name, precedence) AS enterprise_name,
    min_by(person_name, precedence) AS person_name,
    min_by(person_name_en, precedence) AS person_name_en,
    min_by(business_address, precedence) AS business_address,
    min_by(division_code, precedence) AS division_code,
    min_by(category_code, precedence) AS category_code,
    count(specialty_code) AS registrations
FROM core_listing__history
GROUP BY source_name, series, received_on, certificate_id
