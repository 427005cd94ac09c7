-- 每季度末有效专业注册数 | specialty registrations in force at each quarter end
-- requires: mart_registration__quarterly.quarter_end, mart_registration__quarterly.registrations
-- requires: mart_registration__quarterly.specialty_code, mart_registration__quarterly.status_code, codes_status.in_force
SELECT quarter_end, CAST(sum(registrations) AS BIGINT) AS registrations
FROM mart_registration__quarterly
WHERE status_code IN (SELECT code FROM codes_status WHERE CAST(in_force AS BOOLEAN))
GROUP BY quarter_end
ORDER BY quarter_end
