-- 专业注册查询 | Specialty registrations of certificates, for the lookup
-- grain: public_id, specialty_code
SELECT public_id, specialty_code, valid_from_month, valid_to_month, ended_month, status_code
FROM safe_registration__entity
