-- 各地人数与证书数及一年前：取最近一个有一年前数据的观测日 | stock of divisions and a year before, at the newest day observed a year before too
-- requires: mart_person__quarterly.quarter_end, mart_person__quarterly.division_code
-- requires: mart_person__quarterly.persons, mart_person__quarterly.certificates
WITH stock AS (  -- a row: one division at one observation
    SELECT quarter_end, last_day(quarter_end - INTERVAL 12 MONTH) AS year_before, division_code, persons, certificates
    FROM mart_person__quarterly
    WHERE level = 'division' AND breakdown = 'all' AND division_code IS NOT NULL
), shown AS (  -- one row: the day that is shown; the as-of date need not end a quarter
    SELECT coalesce(max(s.quarter_end) FILTER (b.quarter_end IS NOT NULL), max(s.quarter_end)) AS quarter_end
    FROM stock AS s
    LEFT JOIN (SELECT DISTINCT quarter_end FROM stock) AS b ON b.quarter_end = s.year_before
)
SELECT
    s.quarter_end,
    s.division_code,
    s.persons,
    s.certificates,
    b.persons AS persons_year_before,
    b.certificates AS certificates_year_before
FROM stock AS s
INNER JOIN shown AS n ON s.quarter_end = n.quarter_end
LEFT JOIN stock AS b ON b.division_code = s.division_code AND b.quarter_end = s.year_before
ORDER BY s.persons DESC, s.division_code
