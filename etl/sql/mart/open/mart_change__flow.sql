-- 快照之间的变化 | Changes between successive snapshots, by interval, kind, division and category
-- grain: observed_after, observed_by, change_type_code, division_code, category_code
-- warning: 变化发生在两个快照之间，不知道哪一天；数的是证书（或专业注册）的变化 | each happened between two snapshots, on a day that is not known; what is counted are changes of certificates (or of their specialties)
SELECT observed_after, observed_by, change_type_code, division_code, category_code, is_derived, events
FROM safe_change__flow
