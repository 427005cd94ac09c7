-- 某年各年龄段与性别人数：可显示单元之和，及未显示单元数 | persons by age band and sex: sum of the cells shown, and how many are not
-- requires: mart_person__yearly_age_sex.year, mart_person__yearly_age_sex.age_band_code
-- requires: mart_person__yearly_age_sex.sex_code, mart_person__yearly_age_sex.persons
-- requires: mart_person__yearly_age_sex.cell_state, mart_person__yearly_age_sex.division_code
SELECT
    age_band_code,
    sex_code,
    CAST(sum(persons) AS BIGINT) AS persons,
    count(*) FILTER (WHERE cell_state = 'withheld') AS cells_withheld,
    count(*) FILTER (WHERE cell_state = 'shown') AS cells_shown
FROM mart_person__yearly_age_sex
WHERE year = $year AND ($division IS NULL OR division_code = $division)
GROUP BY age_band_code, sex_code
ORDER BY age_band_code, sex_code
