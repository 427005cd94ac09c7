-- 某年末某一层的女性占比与年龄分位数，附 95% 区间（受保护） | share of women and quantiles of age at one place and year end, with a 95 % band (protected)
-- requires: mart_person__yearly_age_sex_measure.year, mart_person__yearly_age_sex_measure.level
-- requires: mart_person__yearly_age_sex_measure.division_code, mart_person__yearly_age_sex_measure.category_code
-- requires: mart_person__yearly_age_sex_measure.measure_code, mart_person__yearly_age_sex_measure.value
-- requires: mart_person__yearly_age_sex_measure.value_low, mart_person__yearly_age_sex_measure.value_high
-- requires: mart_person__yearly_age_sex_measure.quality_class, codes_measure.unit
SELECT measure_code, value, value_low, value_high, quality_class AS quality_class_code
FROM mart_person__yearly_age_sex_measure
JOIN codes_measure ON codes_measure.code = measure_code
WHERE year = $year
    AND level = CASE WHEN $division IS NULL THEN 'register' WHEN $category IS NULL THEN 'division' ELSE 'category' END
    AND ($division IS NULL OR division_code = $division)
    AND ($division IS NULL OR $category IS NULL OR category_code = $category)
ORDER BY codes_measure.sort
