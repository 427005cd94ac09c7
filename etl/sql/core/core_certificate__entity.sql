-- 证书（人员 × 类别 × 注册号） | Certificates, each once, every attribute from the best roster row that has it
-- grain: certificate_id
-- warning: 有证件号者以证件号认人，否则一证一人，不作概率匹配 | persons are told apart by ID, else one person per certificate; no probabilistic linking
WITH merged AS (
    -- one row per certificate; min_by passes over rows where the attribute is NULL
    SELECT
        certificate_id,
        min_by(id_number, precedence) AS id_number,
        min_by(category_code, precedence) AS category_code,
        min_by(registration_no, precedence) AS registration_no,
        min_by(certificate_no, precedence) AS certificate_no,
        min_by(qualification_year, precedence) AS qualification_year,
        min(first_registered_on) AS first_registered_on,
        min_by(enterprise_id, precedence) AS enterprise_id,
        min_by(division_code, precedence) AS division_code,
        min_by(prefecture_code, precedence) AS prefecture_code,
        min_by(received_on, precedence) AS received_on
    FROM core_roster__history
    GROUP BY certificate_id
),
registered AS (
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
    merged.certificate_id,
    CAST('0x' || left(md5(
        'person|' || coalesce('id|' || merged.id_number, CAST(merged.certificate_id AS VARCHAR))
    ), 16) AS UBIGINT) AS person_id,
    merged.category_code,
    merged.registration_no,
    merged.certificate_no,
    merged.qualification_year,
    merged.first_registered_on,
    merged.enterprise_id,
    coalesce(merged.division_code, enterprise.division_code) AS division_code,
    coalesce(merged.prefecture_code, enterprise.prefecture_code) AS prefecture_code,
    registered.status_code,
    merged.received_on
FROM merged
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = merged.enterprise_id
LEFT JOIN registered ON registered.certificate_id = merged.certificate_id
