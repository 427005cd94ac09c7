-- 社会保险月份的去处 | What became of the accepted rows of insurance months
-- no_person: 名册中没有这个证件号 | no roster has this ID number
SELECT
    CASE
        WHEN person.person_id IS NULL THEN 'no_person'
        WHEN hash(person.person_id, CAST(date_trunc('month', insurance.insured_month) AS DATE)) IN (
            SELECT hash(person_id, insured_month) FROM core_insurance__monthly
        ) THEN 'reached'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM stg_insurance AS insurance
LEFT JOIN core_person__entity AS person ON person.id_number = insurance.id_number
GROUP BY ALL
