-- 快照之间的变化，按区间 | Changes between snapshots, by interval, division, category and kind
-- grain: observed_after, observed_by, change_type_code, division_code, category_code
SELECT
    observed_after, observed_by, change_type_code, division_code, category_code, is_derived, count(*) AS events
FROM core_change__event
GROUP BY observed_after, observed_by, change_type_code, division_code, category_code, is_derived
