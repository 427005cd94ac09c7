-- 专业注册现状 | Specialty registrations as they stand on the as-of date
-- grain: public_id, specialty_code
-- warning: 起止只到月；临近年龄上限者不说，并以“有效”代“即将到期” | begin and end are given to the month; near the age limit neither is, and `valid` stands for `expiring`
SELECT
    registration.certificate_id,
    link.public_id,
    registration.category_code,
    registration.division_code,
    registration.specialty_code,
    month_unless(registration.valid_from, registration.near_age_limit) AS valid_from_month,
    month_unless(registration.valid_to, registration.near_age_limit) AS valid_to_month,
    month_unless(registration.valid_to, registration.near_age_limit) AS month_ahead,
    month_unless(registration.ended_on, registration.near_age_limit) AS ended_month,
    status_unless(registration.status_code, registration.near_age_limit) AS status_code
FROM safe_registration__interval AS registration
JOIN safe_certificate__link AS link ON link.certificate_id = registration.certificate_id
WHERE registration.superseded_on IS NULL
