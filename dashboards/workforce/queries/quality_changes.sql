-- 与上一次发布相比的记录，可限于一个地区 | Records against the release before, of one division if asked
-- requires: quality_change.record_code, quality_change.appeared
SELECT
    record_code,
    CAST(sum(appeared) AS BIGINT) AS appeared,
    CAST(sum(changed) AS BIGINT) AS changed,
    CAST(sum(vanished) AS BIGINT) AS vanished,
    CAST(sum(stayed) AS BIGINT) AS stayed
FROM quality_change
WHERE $division IS NULL OR division_code = $division
GROUP BY record_code
ORDER BY sum(appeared + changed + vanished) DESC, record_code
