-- 有流动数据的年份 | years with moves, and how many crossed a boundary
-- requires: mart_mobility__yearly_flow.year, mart_mobility__yearly_flow.division_code_from
-- requires: mart_mobility__yearly_flow.division_code_to, mart_mobility__yearly_flow.moves
SELECT
    year,
    CAST(sum(moves) AS BIGINT) AS moves,
    CAST(coalesce(sum(moves) FILTER (WHERE division_code_from <> division_code_to), 0) AS BIGINT) AS moves_across
FROM mart_mobility__yearly_flow
GROUP BY year
ORDER BY year
