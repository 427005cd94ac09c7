-- 某年末某一层各继续教育情况的人数及标准误差（受保护，不分类别） | persons by continuing education at one place and year end, with their error (protected; not told by category)
-- requires: mart_person__yearly_continuing_education.year, mart_person__yearly_continuing_education.level
-- requires: mart_person__yearly_continuing_education.persons, mart_person__yearly_continuing_education.persons_sd
-- requires: mart_person__yearly_continuing_education.quality_class, mart_person__yearly_continuing_education.cell_state
-- requires: mart_person__yearly_continuing_education.division_code, mart_person__yearly_continuing_education.continuing_education_code
SELECT
    continuing_education_code,
    persons,
    persons_sd,
    quality_class AS quality_class_code,
    cell_state AS cell_state_code
FROM mart_person__yearly_continuing_education
WHERE year = $year
    AND level = CASE WHEN $division IS NULL THEN 'register' ELSE 'division' END
    AND ($division IS NULL OR division_code = $division)
    AND $category IS NULL
ORDER BY continuing_education_code
