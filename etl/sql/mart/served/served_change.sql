-- 快照之间的变化查询 | Changes of certificates between snapshots, for the lookup
-- grain: public_id, observed_by, change_type_code, specialty_code, enterprise_name_from, enterprise_name_to
SELECT
    public_id, change_type_code, specialty_code, enterprise_name_from, enterprise_name_to, is_derived, observed_after,
    observed_by
FROM safe_change__event
WHERE change_type_code IS NOT NULL
