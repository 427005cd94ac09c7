-- 每季度末各专业有效注册数 | registrations in force by specialty at each quarter end
-- requires: mart_registration__quarterly.quarter_end, mart_registration__quarterly.specialty_code
-- requires: mart_registration__quarterly.status_code, codes_status.in_force
SELECT quarter_end, specialty_code, CAST(sum(registrations) AS BIGINT) AS registrations
FROM mart_registration__quarterly
WHERE status_code IN (SELECT code FROM codes_status WHERE CAST(in_force AS BOOLEAN))
  AND specialty_code IS NOT NULL
GROUP BY quarter_end, specialty_code
ORDER BY quarter_end, specialty_code
