-- 继续教育学时 | Hours of continuing education per certificate, specialty and year
-- grain: certificate_id, specialty_code, period_year
WITH ranked AS (
    -- one row per exported row placed at its certificate, newest first
    SELECT
        certificate.certificate_id, education.specialty_code, education.period_year, education.compulsory_hours,
        education.elective_hours,
        row_number() OVER (
            PARTITION BY certificate.certificate_id, education.specialty_code, education.period_year
            ORDER BY education.received_on DESC, education.source_name, education.source_file, education.source_row
        ) AS precedence
    FROM stg_education AS education
    JOIN core_certificate__entity AS certificate ON certificate.registration_no = education.registration_no
)
SELECT certificate_id, specialty_code, period_year, compulsory_hours, elective_hours
FROM ranked
WHERE precedence = 1
