-- 上一年末在册人员的公开事实与敏感属性（敏感面） | Public facts and sensitive attributes of persons in force at the last year's end (sensitive plane)
-- grain: person_ref
-- warning: 只经 etl/privacy/microdata 概化后发布 | leaves only through the recoding of etl/privacy/microdata
-- warning: 不含从公开查询撤下者 | without persons who were taken down from the lookup
-- warning: 单位性质与初始注册年份属主要注册所在类别的证书，为截止日所知 | enterprise nature and year of first registration are those of the certificate of the main category, as known on the as-of date
WITH latest AS (
    -- one row: the last finished year
    SELECT max(year) AS year FROM safe_person__yearly
)
SELECT
    yearly.year,
    yearly.person_ref,
    yearly.division_code,
    yearly.category_code,
    yearly.specialty_code,
    enterprise.nature_code,
    CAST(extract(year FROM held.first_registered_month) AS VARCHAR) AS first_registered_year,
    person.sex_code,
    age_band(make_date(person.birth_year, 1, 1), make_date(yearly.year, 12, 31)) AS age_band_code,
    person.education_code
FROM safe_person__yearly AS yearly
JOIN latest ON latest.year = yearly.year
ANTI JOIN safe_withdrawal__link AS down ON down.person_ref = yearly.person_ref
JOIN safe_person__entity AS person ON person.person_ref = yearly.person_ref
LEFT JOIN safe_person_category__entity AS held
    ON held.person_ref = yearly.person_ref AND held.category_code IS NOT DISTINCT FROM yearly.category_code
LEFT JOIN safe_enterprise__entity AS enterprise ON enterprise.enterprise_key = held.enterprise_key
