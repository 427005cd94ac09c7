-- 有受保护的继续教育数据的地区 | divisions with persons by continuing education
-- requires: mart_person__yearly_continuing_education.division_code, mart_person__yearly_continuing_education.level
SELECT DISTINCT division_code, NULL AS category_code
FROM mart_person__yearly_continuing_education
WHERE level = 'division'
ORDER BY division_code
