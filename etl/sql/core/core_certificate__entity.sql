-- 证书（人员 × 类别 × 注册号） | Certificates, each once, every attribute from the best roster row that has it
-- grain: certificate_id
-- warning: 何证属何人只依 link_person（证件号、管理员的判定、概率） | whose a certificate is follows from link_person only: ID number, steward's decision, score
WITH registered AS (
    -- one row per certificate: its state on the as-of date, from its registrations
    SELECT
        registration.certificate_id,
        CASE
            WHEN count(CASE WHEN status.in_force = 'yes' THEN 1 END) = 0
                THEN max_by(registration.status_code, (registration.valid_to, registration.specialty_code))
            ELSE coalesce(
                min(CASE WHEN status.in_force = 'yes' AND status.code <> 'expiring' THEN status.code END), 'expiring'
            )
        END AS status_code
    FROM core_registration__history AS registration
    LEFT JOIN codes_status AS status ON status.code = registration.status_code
    WHERE registration.superseded_on IS NULL
    GROUP BY registration.certificate_id
)
SELECT
    holder.certificate_id,
    link.person_id,
    link.link_how,
    holder.category_code,
    holder.registration_no,
    holder.certificate_no,
    holder.qualification_year,
    holder.first_registered_on,
    holder.enterprise_id,
    coalesce(holder.division_code, enterprise.division_code) AS division_code,
    coalesce(holder.prefecture_code, enterprise.prefecture_code) AS prefecture_code,
    registered.status_code,
    holder.received_on,
    holder.source_name
FROM core_holder__entity AS holder
JOIN link_person AS link ON link.certificate_id = holder.certificate_id
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = holder.enterprise_id
LEFT JOIN registered ON registered.certificate_id = holder.certificate_id
