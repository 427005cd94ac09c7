-- 每个来源收到的行及其去处，可限于一个地区 | Rows received from each source by fate, of one division if asked
-- requires: quality_balance.source_code, quality_balance.received
SELECT
    source_code,
    CAST(max(received_on) AS DATE) AS newest,
    CAST(sum(received) AS BIGINT) AS received,
    CAST(sum(accepted) AS BIGINT) AS accepted,
    CAST(sum(quarantined) AS BIGINT) AS quarantined,
    CAST(sum(duplicate) AS BIGINT) AS duplicate,
    CAST(sum(out_of_scope) AS BIGINT) AS out_of_scope
FROM quality_balance
WHERE $division IS NULL OR division_code = $division
GROUP BY source_code
ORDER BY received DESC, source_code
