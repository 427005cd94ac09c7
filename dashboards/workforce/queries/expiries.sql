-- 未来各月到期的专业注册数 | specialty registrations that fall due in each coming month
-- requires: mart_expiry__monthly.month_ahead, mart_expiry__monthly.registrations
SELECT
    month_ahead,
    CAST(sum(registrations) AS BIGINT) AS registrations,
    -- 0: the month of the first day after the as-of date
    CAST(date_diff('month', (SELECT as_of + 1 FROM release), month_ahead) AS INTEGER) AS months_ahead
FROM mart_expiry__monthly
GROUP BY month_ahead
ORDER BY month_ahead
