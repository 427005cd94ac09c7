-- 有年龄性别数据的地区 | divisions with persons by age and sex
-- requires: mart_person__yearly_age_sex.division_code
SELECT DISTINCT division_code
FROM mart_person__yearly_age_sex
WHERE division_code IS NOT NULL
ORDER BY division_code
