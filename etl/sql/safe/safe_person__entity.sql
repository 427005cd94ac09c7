-- 人员的敏感属性（概化） | Sensitive attributes of persons, generalised: year of birth instead of the day
-- grain: person_ref
SELECT DISTINCT
    link.person_ref,
    person.sex_code,
    person.education_code,
    CAST(extract(year FROM person.birth_date) AS INTEGER) AS birth_year
FROM core_person__entity AS person
JOIN core_certificate__entity AS certificate ON certificate.person_id = person.person_id
JOIN safe_certificate__link AS link ON link.certificate_id = certificate.certificate_id
