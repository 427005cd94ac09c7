-- 年末在册人数，按年龄段与性别（敏感面） | Persons in force at year ends by division, category, age band and sex (sensitive plane)
-- grain: year, division_code, category_code, age_band_code, sex_code
-- warning: 只经 etl/privacy 保护后发布 | leaves only through the protection of etl/privacy
WITH spell AS (
    -- one row per cell, year of birth and pair of years: persons in force at the year ends in [year_from, year_to)
    SELECT
        history.division_code, history.category_code, person.sex_code, person.birth_year,
        extract(year FROM history.quarter_from) AS year_from,
        extract(year FROM history.quarter_to) AS year_to,
        count(*) AS persons
    FROM safe_person__history AS history
    JOIN safe_person__entity AS person ON person.person_ref = history.person_ref
    WHERE history.level = 'division' AND history.breakdown = 'category'
    GROUP BY
        history.division_code, history.category_code, person.sex_code, person.birth_year,
        extract(year FROM history.quarter_from), extract(year FROM history.quarter_to)
),
year_end AS (
    -- one row per finished year
    SELECT extract(year FROM calendar.quarter_end) AS year, calendar.quarter_end AS year_end
    FROM safe_calendar__quarterly AS calendar
    WHERE extract(month FROM calendar.quarter_end) = 12 AND extract(day FROM calendar.quarter_end) = 31
)
SELECT
    CAST(year_end.year AS INTEGER) AS year,
    spell.division_code,
    spell.category_code,
    age_band(make_date(spell.birth_year, 1, 1), year_end.year_end) AS age_band_code,
    spell.sex_code,
    CAST(sum(spell.persons) AS BIGINT) AS persons
FROM spell
JOIN year_end ON year_end.year >= spell.year_from AND (spell.year_to IS NULL OR year_end.year < spell.year_to)
GROUP BY
    year_end.year, spell.division_code, spell.category_code,
    age_band(make_date(spell.birth_year, 1, 1), year_end.year_end), spell.sex_code
