-- 诚信记录查询 | Integrity records whose publication window is not over, for the lookup
-- grain: integrity_no
-- warning: 查询时还须按 public_from、public_to 再判断一次 | the lookup must apply public_from and public_to again when it reads
SELECT
    record.public_id, record.integrity_no, record.kind_code, record.decision_no, record.authority_name,
    record.decided_on, record.public_from, record.public_to, record.source_name, record.received_on
FROM safe_integrity__event AS record
CROSS JOIN param_build AS build
ANTI JOIN safe_withdrawal__link AS down ON down.public_id = record.public_id
WHERE record.public_id IS NOT NULL AND (record.public_to IS NULL OR record.public_to >= build.as_of)
