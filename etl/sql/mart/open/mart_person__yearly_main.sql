-- 年末在册人数，按主要注册 | Persons in force at year ends by their main registration
-- grain: year, division_code, category_code, specialty_code
-- warning: 每人只计一次，各格之和即总人数；不同于每季人数（一人可在多格） | each person counts once, so cells add up to all persons; in the quarterly counts a person can be in several cells
SELECT year, division_code, category_code, specialty_code, count(*) AS persons
FROM safe_person__yearly
GROUP BY year, division_code, category_code, specialty_code
