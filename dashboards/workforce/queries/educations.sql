-- 某年末某一层各学历的人数及标准误差（受保护） | persons by education at one place and year end, with their error (protected)
-- requires: mart_person__yearly_education.year, mart_person__yearly_education.level, mart_person__yearly_education.persons
-- requires: mart_person__yearly_education.persons_sd, mart_person__yearly_education.quality_class, mart_person__yearly_education.cell_state
-- requires: mart_person__yearly_education.division_code, mart_person__yearly_education.category_code
-- requires: mart_person__yearly_education.education_code
SELECT
    education_code,
    persons,
    persons_sd,
    quality_class AS quality_class_code,
    cell_state AS cell_state_code
FROM mart_person__yearly_education
WHERE year = $year
    AND level = CASE WHEN $division IS NULL THEN 'register' WHEN $category IS NULL THEN 'division' ELSE 'category' END
    AND ($division IS NULL OR division_code = $division)
    AND ($division IS NULL OR $category IS NULL OR category_code = $category)
ORDER BY education_code
