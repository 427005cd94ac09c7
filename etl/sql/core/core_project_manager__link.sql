-- 项目负责人登记 | Managers bound to projects, at each stage
-- grain: project_no, stage_code, certificate_id
-- declassify rows (registration_no, certificate_id, id_number): 无注册号的登记按证件号归入其唯一证书 | bindings without a number are placed by ID at the person's only certificate
WITH sole_certificate AS (
    -- one row per ID number needed here that stands on the roster with one certificate only
    SELECT id_number, min(certificate_id) AS certificate_id
    FROM core_roster__history
    WHERE id_number IN (SELECT id_number FROM stg_binding WHERE registration_no IS NULL)
    GROUP BY id_number
    HAVING min(certificate_id) = max(certificate_id)
),
ranked AS (
    -- one row per exported row placed at its certificate, newest first
    SELECT
        binding.project_no, binding.stage_code, link.enterprise_id, binding.bound_on,
        binding.received_on, binding.source_name,
        coalesce(certificate.certificate_id, sole_certificate.certificate_id) AS certificate_id,
        row_number() OVER (
            PARTITION BY
                binding.project_no, binding.stage_code,
                coalesce(certificate.certificate_id, sole_certificate.certificate_id)
            ORDER BY binding.received_on DESC, binding.source_name, binding.source_file, binding.source_row
        ) AS precedence
    FROM stg_binding AS binding
    LEFT JOIN core_certificate__entity AS certificate ON certificate.registration_no = binding.registration_no
    LEFT JOIN sole_certificate
        ON binding.registration_no IS NULL AND sole_certificate.id_number = binding.id_number
    LEFT JOIN core_enterprise__link AS link ON link.label = binding.enterprise_code
)
SELECT project_no, stage_code, certificate_id, enterprise_id, bound_on, received_on, source_name
FROM ranked
WHERE precedence = 1 AND certificate_id IS NOT NULL
