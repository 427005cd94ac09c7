-- 社会保险月份 | Months of social insurance per person and paying enterprise
-- grain: person_id, enterprise_id, insured_month
-- declassify rows: 参保记录只有证件号，按证件号归人 | insurance records carry only an ID and are placed by it
SELECT DISTINCT
    person.person_id,
    link.enterprise_id,
    CAST(date_trunc('month', insurance.insured_month) AS DATE) AS insured_month
FROM stg_insurance AS insurance
JOIN core_person__entity AS person ON person.id_number = insurance.id_number
JOIN core_enterprise__link AS link ON link.label = insurance.enterprise_code
