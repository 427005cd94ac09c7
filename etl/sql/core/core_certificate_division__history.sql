-- 证书所在地区的变化 | Division of a certificate over time, for certificates that changed it: [spell_from, spell_to), open at both ends
-- grain: certificate_id, spell_from
-- warning: 只列换过地区的证书；末段取证书现址 | only certificates that changed division; the last stretch is where the certificate stands now
WITH placed AS (
    -- one row per spell with the division of its employer; the current one where the certificate stands
    SELECT
        employment.certificate_id, employment.spell_from,
        CASE
            WHEN row_number() OVER (PARTITION BY employment.certificate_id ORDER BY employment.spell_from DESC NULLS LAST) = 1
                THEN coalesce(certificate.division_code, enterprise.division_code)
            ELSE coalesce(enterprise.division_code, certificate.division_code)
        END AS division_code
    FROM core_employment__history AS employment
    JOIN core_certificate__entity AS certificate ON certificate.certificate_id = employment.certificate_id
    JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = employment.enterprise_id
),
changed AS (
    -- one row per spell in another division than the one before it, the first included
    SELECT certificate_id, spell_from, division_code, former_code
    FROM (
        SELECT
            certificate_id, spell_from, division_code,
            lag(division_code) OVER (PARTITION BY certificate_id ORDER BY spell_from NULLS FIRST) AS former_code
        FROM placed
    ) AS followed
    WHERE former_code IS DISTINCT FROM division_code
),
bounded AS (
    -- one row per stretch in one division
    SELECT
        certificate_id, division_code,
        CASE WHEN former_code IS NOT NULL THEN spell_from END AS spell_from,
        lead(spell_from) OVER (PARTITION BY certificate_id ORDER BY spell_from NULLS FIRST) AS spell_to
    FROM changed
)
SELECT certificate_id, division_code, spell_from, spell_to
FROM bounded
WHERE spell_from IS NOT NULL OR spell_to IS NOT NULL
