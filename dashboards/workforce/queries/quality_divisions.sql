-- 每个地区收到的行及其去处 | Rows received from each division, by fate
-- requires: quality_balance.division_code, quality_balance.received
SELECT
    division_code,
    CAST(sum(received) AS BIGINT) AS received,
    CAST(sum(accepted) AS BIGINT) AS accepted,
    CAST(sum(quarantined) AS BIGINT) AS quarantined,
    CAST(sum(duplicate) AS BIGINT) AS duplicate,
    CAST(sum(out_of_scope) AS BIGINT) AS out_of_scope,
    10000.0 * sum(quarantined) / sum(received) AS rate
FROM quality_balance
WHERE division_code IS NOT NULL
GROUP BY division_code
ORDER BY rate DESC, division_code
