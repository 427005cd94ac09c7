-- 有受保护的年龄段与性别数据的地区与类别 | divisions and categories with persons by age band and sex
-- requires: mart_person__yearly_age_sex.division_code, mart_person__yearly_age_sex.category_code, mart_person__yearly_age_sex.level
SELECT DISTINCT division_code, category_code
FROM mart_person__yearly_age_sex
WHERE level IN ('division', 'category')
ORDER BY division_code, category_code
