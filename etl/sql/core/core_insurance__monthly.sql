-- 社会保险月份 | Months of social insurance per person and paying enterprise
-- grain: person_id, enterprise_id, insured_month
-- warning: 缴费单位可以不在企业表中 | the paying enterprise need not be among the enterprises
-- declassify rows (id_number): 参保记录只有证件号，按证件号归人 | insurance records carry only an ID and are placed by it
SELECT DISTINCT
    person.person_id,
    CAST('0x' || left(md5('enterprise|' || insurance.enterprise_code), 16) AS UBIGINT) AS enterprise_id,
    CAST(date_trunc('month', insurance.insured_month) AS DATE) AS insured_month
FROM stg_insurance AS insurance
JOIN core_person__entity AS person ON person.id_number = insurance.id_number
