-- 有受保护的学历数据的地区与类别 | divisions and categories with persons by education
-- requires: mart_person__yearly_education.division_code, mart_person__yearly_education.category_code, mart_person__yearly_education.level
SELECT DISTINCT division_code, category_code
FROM mart_person__yearly_education
WHERE level IN ('division', 'category')
ORDER BY division_code, category_code
