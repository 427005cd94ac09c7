-- 某地每季度末人数与证书数 | persons and certificates of one division at each quarter end
-- requires: mart_person__quarterly.quarter_end, mart_person__quarterly.division_code
-- requires: mart_person__quarterly.persons, mart_person__quarterly.certificates
SELECT quarter_end, division_code, persons, certificates
FROM mart_person__quarterly
WHERE level = 'division' AND breakdown = 'all' AND division_code = $division
ORDER BY quarter_end
