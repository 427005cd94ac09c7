-- 诚信记录的去处 | What became of the accepted rows of integrity records
SELECT
    CASE WHEN held.integrity_hash IS NULL THEN 'lost' ELSE 'reached' END AS arrival,
    count(*) AS "rows"
FROM stg_integrity AS record
LEFT JOIN (SELECT DISTINCT hash(integrity_no) AS integrity_hash FROM core_integrity__event) AS held
    ON held.integrity_hash = hash(record.integrity_no)
GROUP BY ALL
