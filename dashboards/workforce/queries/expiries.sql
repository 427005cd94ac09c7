-- 未来各月到期的专业注册数 | specialty registrations that fall due in each coming month
-- requires: mart_expiry__monthly.month_ahead, mart_expiry__monthly.registrations
SELECT month_ahead, CAST(sum(registrations) AS BIGINT) AS registrations
FROM mart_expiry__monthly
GROUP BY month_ahead
ORDER BY month_ahead
