-- 每个原因隔离的行，可限于一个地区；不分述的是其余各行之和 | Rows set aside by reason, of one division if asked; those withheld are all the others
-- requires: quality_reason.reason_code, quality_balance.received
WITH told AS (
    -- one row per reason and field; a source with few rows has no number
    SELECT reason_code, field_code, CAST(sum("rows") AS BIGINT) AS "rows"
    FROM quality_reason
    WHERE fate = 'quarantined' AND ($division IS NULL OR division_code = $division)
    GROUP BY reason_code, field_code
)
SELECT
    reason_code,
    field_code,
    CASE
        WHEN reason_code = 'withheld'
            THEN (SELECT CAST(sum(quarantined) AS BIGINT) FROM quality_balance)
                - (SELECT CAST(coalesce(sum("rows"), 0) AS BIGINT) FROM told WHERE reason_code <> 'withheld')
        ELSE "rows"
    END AS "rows"
FROM told
ORDER BY "rows" DESC NULLS LAST, reason_code, field_code
