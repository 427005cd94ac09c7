-- 区位商：某地某专业占比 ÷ 全册该专业占比 | location quotient: share of a specialty in a division over its share in the register
-- requires: mart_registration__quarterly.quarter_end, mart_registration__quarterly.specialty_code
-- requires: mart_registration__quarterly.division_code, mart_registration__quarterly.status_code, codes_status.in_force
WITH stock AS (  -- a row: one division and specialty at the newest quarter end
    SELECT division_code, specialty_code, sum(registrations) AS registrations
    FROM mart_registration__quarterly
    WHERE quarter_end = (SELECT max(quarter_end) FROM mart_registration__quarterly)
      AND status_code IN (SELECT code FROM codes_status WHERE CAST(in_force AS BOOLEAN))
      AND division_code IS NOT NULL AND specialty_code IS NOT NULL
    GROUP BY division_code, specialty_code
), shares AS (  -- the same with the totals that it is compared with
    SELECT
        *,
        sum(registrations) OVER (PARTITION BY division_code) AS of_division,
        sum(registrations) OVER (PARTITION BY specialty_code) AS of_specialty,
        sum(registrations) OVER () AS of_register
    FROM stock
)
SELECT
    division_code,
    specialty_code,
    CAST(registrations AS BIGINT) AS registrations,
    round((registrations / of_division) / (of_specialty / of_register), 3) AS location_quotient
FROM shares
ORDER BY division_code, specialty_code
