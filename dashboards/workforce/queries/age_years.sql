-- 有年龄性别数据的年份 | years with persons by age and sex
-- requires: mart_person__yearly_age_sex.year, mart_person__yearly_age_sex.cell_state
SELECT DISTINCT year
FROM mart_person__yearly_age_sex
ORDER BY year
