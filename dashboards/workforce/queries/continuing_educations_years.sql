-- 有受保护的继续教育数据的年份，新者在前 | years with persons by continuing education, newest first
-- requires: mart_person__yearly_continuing_education.year
SELECT DISTINCT year
FROM mart_person__yearly_continuing_education
ORDER BY year DESC
