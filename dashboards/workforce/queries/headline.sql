-- 每季度末全国人数与证书数 | persons and certificates of the whole register at each quarter end
-- requires: mart_person__quarterly.quarter_end, mart_person__quarterly.persons, mart_person__quarterly.certificates
SELECT quarter_end, persons, certificates
FROM mart_person__quarterly
WHERE level = 'register' AND breakdown = 'all'
ORDER BY quarter_end
