-- 证书在快照之间的变化 | Changes of certificates between snapshots, as they may be told by name
-- grain: public_id, observed_by, change_type_code, specialty_code, enterprise_name_from, enterprise_name_to
-- warning: 临近年龄上限者，随有效期而来的变化不说 | near the age limit what follows from validity is not told
SELECT DISTINCT
    link.public_id,
    change_unless(change.change_type_code, change.is_untold) AS change_type_code,
    change.specialty_code,
    former.enterprise_name AS enterprise_name_from,
    present.enterprise_name AS enterprise_name_to,
    change.is_derived,
    change.observed_after,
    change.observed_by
FROM safe_change__marked AS change
JOIN safe_certificate__link AS link ON link.certificate_id = change.certificate_id
LEFT JOIN core_enterprise__entity AS former ON former.enterprise_id = change.enterprise_id_from
LEFT JOIN core_enterprise__entity AS present ON present.enterprise_id = change.enterprise_id
