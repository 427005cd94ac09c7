-- 有受保护的学历数据的年份，新者在前 | years with persons by education, newest first
-- requires: mart_person__yearly_education.year
SELECT DISTINCT year
FROM mart_person__yearly_education
ORDER BY year DESC
