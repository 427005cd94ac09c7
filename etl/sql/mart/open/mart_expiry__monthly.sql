-- 未来各月到期 | Specialty registrations in force by the month in which they end
-- grain: month_ahead, division_code, category_code, specialty_code
-- warning: 临近年龄上限者不说到期月份，不列入 | registrations near the age limit, whose month is not told, are not listed
SELECT
    registration.month_ahead,
    registration.division_code,
    registration.category_code,
    registration.specialty_code,
    count(*) AS registrations
FROM safe_registration__entity AS registration
JOIN codes_status AS status ON status.code = registration.status_code AND status.in_force = 'yes'
WHERE registration.month_ahead IS NOT NULL
GROUP BY
    registration.month_ahead, registration.division_code, registration.category_code,
    registration.specialty_code
