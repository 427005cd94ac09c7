-- 此前有效区间查询 | Earlier validity intervals of specialty registrations, for the lookup
-- grain: public_id, specialty_code, valid_from_month, valid_to_month, ended_month, status_code
SELECT public_id, specialty_code, valid_from_month, valid_to_month, ended_month, status_code
FROM safe_registration__past
