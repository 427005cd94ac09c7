-- 快照之间的变化查询 | Changes of certificates between snapshots, for the lookup
-- grain: public_id, observed_by, change_type_code, specialty_code, enterprise_name_from, enterprise_name_to
SELECT
    change.public_id, change.change_type_code, change.specialty_code, change.enterprise_name_from,
    change.enterprise_name_to, change.is_derived, change.observed_after, change.observed_by
FROM safe_change__event AS change
ANTI JOIN safe_withdrawal__link AS down ON down.public_id = change.public_id
WHERE change.change_type_code IS NOT NULL
