-- 企业资质行的去处 | What became of the accepted rows of qualifications
-- no_code: 没有信用代码，不知属于哪个企业 | without a code nobody knows whose it is
SELECT
    CASE
        WHEN item.enterprise_code IS NULL THEN 'no_code'
        WHEN hash(link.enterprise_id, item.qualification_no, item.qualification_code, item.valid_from) IN (
            SELECT hash(enterprise_id, qualification_no, qualification_code, valid_from)
            FROM core_qualification__history
        ) THEN 'reached'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM stg_qualification AS item
LEFT JOIN core_enterprise__link AS link ON link.label = item.enterprise_code
GROUP BY ALL
