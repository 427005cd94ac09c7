-- 专业注册查询 | Specialty registrations of certificates, for the lookup
-- grain: public_id, specialty_code
SELECT
    registration.public_id, registration.specialty_code, registration.valid_from_month, registration.valid_to_month,
    registration.ended_month, registration.status_code
FROM safe_registration__entity AS registration
ANTI JOIN safe_withdrawal__link AS down ON down.public_id = registration.public_id
