-- 每季度末各类别证书数 | certificates of each category at each quarter end
-- requires: mart_person__quarterly.quarter_end, mart_person__quarterly.category_code
-- requires: mart_person__quarterly.certificates, mart_person__quarterly.persons
SELECT quarter_end, category_code, persons, certificates
FROM mart_person__quarterly
WHERE level = 'register' AND breakdown = 'category'
ORDER BY quarter_end, category_code
