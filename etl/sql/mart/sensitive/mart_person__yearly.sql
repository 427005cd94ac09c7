-- 年末在册人员的主要注册与敏感属性（敏感面） | Main registration and sensitive attributes of persons in force at year ends (sensitive plane)
-- grain: year, person_ref
-- warning: 只作受保护的表的来源，永不发布；年龄是 12 月 31 日的周岁 | the source of protected tables, never published; ages are those of 31 December
-- warning: 单位与名字供攻击套件使用，为截止日所知 | enterprise and given name serve the attack suite, as known on the as-of date
SELECT
    yearly.year,
    yearly.person_ref,
    yearly.division_code,
    yearly.category_code,
    yearly.specialty_code,
    age_band(make_date(person.birth_year, 1, 1), make_date(yearly.year, 12, 31)) AS age_band_code,
    person.sex_code,
    person.education_code,
    training.continuing_education_code,
    held.enterprise_key,
    held.given_name
FROM safe_person__yearly AS yearly
JOIN safe_person__entity AS person ON person.person_ref = yearly.person_ref
LEFT JOIN safe_continuing_education__yearly AS training
    ON training.year = yearly.year AND training.person_ref = yearly.person_ref
LEFT JOIN safe_person_category__entity AS held
    ON held.person_ref = yearly.person_ref AND held.category_code IS NOT DISTINCT FROM yearly.category_code
