-- 最新观测日各地人数与证书数 | persons and certificates by division at the newest observation
-- requires: mart_person__quarterly.quarter_end, mart_person__quarterly.division_code
-- requires: mart_person__quarterly.persons, mart_person__quarterly.certificates
SELECT quarter_end, division_code, persons, certificates
FROM mart_person__quarterly
WHERE level = 'division' AND breakdown = 'all' AND division_code IS NOT NULL
  AND quarter_end = (SELECT max(quarter_end) FROM mart_person__quarterly)
ORDER BY persons DESC, division_code
