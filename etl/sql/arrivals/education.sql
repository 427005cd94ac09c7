-- 继续教育学时的去处 | What became of the accepted rows of hours of education
-- no_certificate: 名册中没有这个注册号 | no roster has this registration number
SELECT
    CASE
        WHEN certificate.certificate_id IS NULL THEN 'no_certificate'
        WHEN hash(certificate.certificate_id, education.specialty_code, education.period_year) IN (
            SELECT hash(certificate_id, specialty_code, period_year) FROM core_education__yearly
        ) THEN 'reached'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM stg_education AS education
LEFT JOIN core_certificate__entity AS certificate ON certificate.registration_no = education.registration_no
GROUP BY ALL
