-- 证书及其持有人的识别特征 | Certificates with what tells their holders apart, each attribute from the best roster row that has it
-- grain: certificate_id
SELECT
    certificate_id,
    -- min_by passes over rows where the attribute is NULL
    min_by(id_number, precedence) AS id_number,
    min_by(person_name, precedence) AS person_name,
    min_by(sex_code, precedence) AS sex_code,
    min_by(birth_date, precedence) AS birth_date,
    min_by(category_code, precedence) AS category_code,
    min_by(registration_no, precedence) AS registration_no,
    min_by(certificate_no, precedence) AS certificate_no,
    min_by(qualification_year, precedence) AS qualification_year,
    min(first_registered_on) AS first_registered_on,
    min_by(enterprise_id, precedence) AS enterprise_id,
    min_by(division_code, precedence) AS division_code,
    min_by(prefecture_code, precedence) AS prefecture_code,
    min_by(received_on, precedence) AS received_on,
    min_by(source_name, precedence) AS source_name
FROM core_roster__history
GROUP BY certificate_id
