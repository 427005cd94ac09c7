-- 某年各地流入、流出与净流入 | moves in, out and net of each division in one year
-- requires: mart_mobility__yearly_flow.year, mart_mobility__yearly_flow.division_code_from
-- requires: mart_mobility__yearly_flow.division_code_to, mart_mobility__yearly_flow.moves
WITH crossing AS (  -- a row: one directed pair of different divisions
    SELECT division_code_from, division_code_to, moves
    FROM mart_mobility__yearly_flow
    WHERE year = $year AND division_code_from <> division_code_to
), sides AS (  -- a row: one division on one side of a move
    SELECT division_code_to AS division_code, moves AS moves_in, 0 AS moves_out FROM crossing
    UNION ALL
    SELECT division_code_from, 0, moves FROM crossing
)
SELECT
    division_code,
    CAST(sum(moves_in) AS BIGINT) AS moves_in,
    CAST(sum(moves_out) AS BIGINT) AS moves_out,
    CAST(sum(moves_in) - sum(moves_out) AS BIGINT) AS moves_net
FROM sides
GROUP BY division_code
ORDER BY moves_net DESC, division_code
