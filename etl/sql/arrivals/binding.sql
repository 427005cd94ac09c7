-- 项目负责人登记的去处 | What became of the accepted rows of project managers
-- no_certificate: 名册中没有这个人的（唯一）证书 | no roster has the (only) certificate of this person
WITH sole_certificate AS (
    -- one row per ID number needed here that stands on the roster with one certificate only
    SELECT id_number, min(certificate_id) AS certificate_id
    FROM core_roster__history
    WHERE id_number IN (SELECT id_number FROM stg_binding WHERE registration_no IS NULL)
    GROUP BY id_number
    HAVING min(certificate_id) = max(certificate_id)
),
placed AS (
    -- one row per row as received, with its certificate
    SELECT
        binding.project_no, binding.stage_code,
        coalesce(certificate.certificate_id, sole_certificate.certificate_id) AS certificate_id
    FROM stg_binding AS binding
    LEFT JOIN core_certificate__entity AS certificate ON certificate.registration_no = binding.registration_no
    LEFT JOIN sole_certificate
        ON binding.registration_no IS NULL AND sole_certificate.id_number = binding.id_number
)
SELECT
    CASE
        WHEN certificate_id IS NULL THEN 'no_certificate'
        WHEN hash(project_no, stage_code, certificate_id) IN (
            SELECT hash(project_no, stage_code, certificate_id) FROM core_project_manager__link
        ) THEN 'reached'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM placed
GROUP BY ALL
