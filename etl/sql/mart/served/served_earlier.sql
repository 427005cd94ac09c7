-- 此前有效区间查询 | Earlier validity intervals of specialty registrations, for the lookup
-- grain: public_id, specialty_code, valid_from_month, valid_to_month, ended_month, status_code
SELECT
    past.public_id, past.specialty_code, past.valid_from_month, past.valid_to_month, past.ended_month,
    past.status_code
FROM safe_registration__past AS past
ANTI JOIN safe_withdrawal__link AS down ON down.public_id = past.public_id
