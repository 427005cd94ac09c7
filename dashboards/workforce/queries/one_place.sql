-- 某年某地与他地之间的流入与流出 | moves between one division and every other in one year
-- requires: mart_mobility__yearly_flow.year, mart_mobility__yearly_flow.division_code_from
-- requires: mart_mobility__yearly_flow.division_code_to, mart_mobility__yearly_flow.moves
WITH sides AS (  -- a row: the other division of one directed pair
    SELECT division_code_from AS division_code, moves AS moves_in, 0 AS moves_out
    FROM mart_mobility__yearly_flow
    WHERE year = $year AND division_code_to = $place AND division_code_from <> $place
    UNION ALL
    SELECT division_code_to, 0, moves
    FROM mart_mobility__yearly_flow
    WHERE year = $year AND division_code_from = $place AND division_code_to <> $place
)
SELECT
    division_code,
    CAST(sum(moves_in) AS BIGINT) AS moves_in,
    CAST(sum(moves_out) AS BIGINT) AS moves_out
FROM sides
GROUP BY division_code
ORDER BY sum(moves_in) + sum(moves_out) DESC, division_code
