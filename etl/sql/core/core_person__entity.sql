-- 人员 | Persons, each once, every attribute from the best roster row that has it
-- grain: person_id
WITH listed AS (
    -- one row per roster row of a person
    SELECT
        link.person_id, roster.person_name, roster.person_name_en, roster.sex_code, roster.birth_date,
        roster.id_type_code, roster.id_number, roster.education_code, roster.precedence
    FROM core_roster__history AS roster
    JOIN link_person AS link ON link.certificate_id = roster.certificate_id
)
SELECT
    person_id,
    min_by(person_name, precedence) AS person_name,
    min_by(person_name_en, precedence) AS person_name_en,
    min_by(sex_code, precedence) AS sex_code,
    min_by(birth_date, precedence) AS birth_date,
    min_by(id_type_code, precedence) AS id_type_code,
    min_by(id_number, precedence) AS id_number,
    min_by(education_code, precedence) AS education_code
FROM listed
GROUP BY person_id
