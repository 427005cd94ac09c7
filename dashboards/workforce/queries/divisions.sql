-- 最新季度末各地人数与证书数，及一年前 | persons and certificates by division at the newest quarter end and a year before
-- requires: mart_person__quarterly.quarter_end, mart_person__quarterly.division_code
-- requires: mart_person__quarterly.persons, mart_person__quarterly.certificates
WITH newest AS (  -- one row: the quarter end that is shown
    SELECT max(quarter_end) AS quarter_end
    FROM mart_person__quarterly
), stock AS (  -- a row: one division at one quarter end
    SELECT quarter_end, division_code, persons, certificates
    FROM mart_person__quarterly
    WHERE level = 'division' AND breakdown = 'all' AND division_code IS NOT NULL
)
SELECT
    s.quarter_end,
    s.division_code,
    s.persons,
    s.certificates,
    b.persons AS persons_year_before,
    b.certificates AS certificates_year_before
FROM stock AS s
INNER JOIN newest AS n ON s.quarter_end = n.quarter_end
LEFT JOIN stock AS b
    ON s.division_code = b.division_code AND b.quarter_end = last_day(s.quarter_end - INTERVAL 12 MONTH)
ORDER BY s.persons DESC, s.division_code
