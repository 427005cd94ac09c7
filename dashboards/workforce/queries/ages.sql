-- 某年末某一层各年龄段与性别的人数及标准误差（受保护） | persons by age band and sex at one place and year end, with their error (protected)
-- requires: mart_person__yearly_age_sex.year, mart_person__yearly_age_sex.level, mart_person__yearly_age_sex.persons
-- requires: mart_person__yearly_age_sex.persons_sd, mart_person__yearly_age_sex.quality_class, mart_person__yearly_age_sex.cell_state
-- requires: mart_person__yearly_age_sex.division_code, mart_person__yearly_age_sex.category_code
-- requires: mart_person__yearly_age_sex.age_band_code
-- requires: mart_person__yearly_age_sex.sex_code
SELECT
    age_band_code,
    sex_code,
    persons,
    persons_sd,
    quality_class AS quality_class_code,
    cell_state AS cell_state_code
FROM mart_person__yearly_age_sex
WHERE year = $year
    AND level = CASE WHEN $division IS NULL THEN 'register' WHEN $category IS NULL THEN 'division' ELSE 'category' END
    AND ($division IS NULL OR division_code = $division)
    AND ($division IS NULL OR $category IS NULL OR category_code = $category)
ORDER BY age_band_code, sex_code
