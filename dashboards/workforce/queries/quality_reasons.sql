-- 每个原因隔离的行，可限于一个地区；没有数字的是少数 | Rows set aside by reason, of one division if asked; no number: few
-- requires: quality_reason.reason_code, quality_balance.received
SELECT
    reason_code,
    field_code,
    CAST(sum("rows") AS BIGINT) AS "rows",
    count(*) FILTER ("rows" IS NULL) AS few
FROM quality_reason
WHERE fate = 'quarantined' AND ($division IS NULL OR division_code = $division)
GROUP BY reason_code, field_code
ORDER BY sum("rows") DESC NULLS LAST, reason_code, field_code
