-- 某年各地之间的流动次数 | moves between divisions in one year
-- requires: mart_mobility__yearly_flow.year, mart_mobility__yearly_flow.division_code_from
-- requires: mart_mobility__yearly_flow.division_code_to, mart_mobility__yearly_flow.moves
SELECT division_code_from, division_code_to, CAST(sum(moves) AS BIGINT) AS moves
FROM mart_mobility__yearly_flow
WHERE year = $year AND division_code_from IS NOT NULL AND division_code_to IS NOT NULL
GROUP BY division_code_from, division_code_to
ORDER BY division_code_from, division_code_to
