-- 每条规则统一写法的单元格，可限于一个地区；没有数字的是少数 | Cells rewritten by rule, of one division if asked; no number: few
-- requires: quality_repair.rule_code, quality_balance.received
SELECT
    rule_code,
    field_code,
    CAST(sum(cells) AS BIGINT) AS cells,
    count(*) FILTER (cells IS NULL) AS few
FROM quality_repair
WHERE $division IS NULL OR division_code = $division
GROUP BY rule_code, field_code
ORDER BY sum(cells) DESC NULLS LAST, rule_code, field_code
