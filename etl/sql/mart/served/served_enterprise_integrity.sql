-- 企业诚信记录查询 | Integrity records of enterprises whose publication window is not over, for the lookup
-- grain: integrity_no
-- warning: 查询时还须按 public_from、public_to 再判断一次 | the lookup must apply public_from and public_to again when it reads
SELECT
    record.enterprise_key, record.integrity_no, record.kind_code, record.decision_no, record.authority_name,
    record.decided_on, record.public_from, record.public_to, record.source_name, record.received_on
FROM safe_integrity__event AS record
CROSS JOIN param_build AS build
WHERE record.enterprise_key IS NOT NULL AND (record.public_to IS NULL OR record.public_to >= build.as_of)
