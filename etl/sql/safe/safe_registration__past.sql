-- 此前的有效区间 | Earlier validity intervals of specialty registrations
-- grain: public_id, specialty_code, valid_from_month, valid_to_month, ended_month, status_code
-- warning: 现在这段不说月份的，此前各段也不列：末段何时开始会由此得知 | where the present interval tells no month none is listed, for they would tell when it began
SELECT DISTINCT
    present.public_id,
    present.specialty_code,
    month_unless(registration.valid_from, registration.near_age_limit) AS valid_from_month,
    month_unless(registration.valid_to, registration.near_age_limit) AS valid_to_month,
    month_unless(registration.ended_on, registration.near_age_limit) AS ended_month,
    registration.status_code
FROM safe_registration__interval AS registration
JOIN safe_registration__entity AS present
    ON present.certificate_id = registration.certificate_id
    AND present.specialty_code = registration.specialty_code
WHERE registration.superseded_on IS NOT NULL AND present.valid_to_month IS NOT NULL
