-- 诚信记录 | Integrity records of certificate holders and of enterprises, without their text
-- grain: integrity_no
SELECT
    link.public_id,
    enterprise.enterprise_key,
    record.integrity_no,
    record.kind_code,
    record.decision_no,
    record.authority_name,
    record.authority_level_code,
    record.decided_on,
    record.public_from,
    record.public_to,
    record.source_name,
    record.received_on
FROM core_integrity__event AS record
LEFT JOIN safe_certificate__link AS link ON link.certificate_id = record.certificate_id
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = record.enterprise_id
