-- 有受保护的年龄段与性别数据的年份，新者在前 | years with persons by age band and sex, newest first
-- requires: mart_person__yearly_age_sex.year
SELECT DISTINCT year
FROM mart_person__yearly_age_sex
ORDER BY year DESC
