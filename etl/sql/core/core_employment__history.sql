-- 执业单位经历 | Employers of a certificate one after another: [spell_from, spell_to), never overlapping
-- grain: certificate_id, enterprise_id, spell_from
-- checks: no_overlap(certificate_id; spell_from, spell_to)
-- warning: 更名不另起一段；名册与事项不符时末段自名册接收日起 | a renaming starts no spell; where the roster contradicts the events the last spell starts the day the roster was received
WITH lasting AS (
    -- one row per certificate: its first day, and the day after its last where all of it has ended
    SELECT
        registration.certificate_id,
        min(registration.valid_from) AS first_day,
        CASE
            WHEN count(*) = count(coalesce(registration.ended_on, registration.valid_to))
                AND max(coalesce(registration.ended_on, registration.valid_to + 1)) <= max(build.as_of)
                THEN max(coalesce(registration.ended_on, registration.valid_to + 1))
        END AS end_on
    FROM core_registration__history AS registration
    CROSS JOIN param_build AS build
    GROUP BY registration.certificate_id
),
engaged AS (
    -- one row per event that names the employer
    SELECT event.certificate_id, event.event_on, event.enterprise_id_from, event.enterprise_id, event.event_id, type.effect
    FROM core_registration__event AS event
    JOIN codes_event_type AS type ON type.code = event.event_type_code
    WHERE type.effect IN ('enter', 'transfer') AND event.enterprise_id IS NOT NULL
),
observed AS (
    -- one row per observation of an employer; the one before the first transfer has no date
    SELECT certificate_id, event_on AS seen_on, enterprise_id, event_id AS place FROM engaged
    UNION ALL
    SELECT certificate_id, NULL, min_by(enterprise_id_from, (event_on, event_id)), NULL FROM engaged
    WHERE effect = 'transfer' AND enterprise_id_from IS NOT NULL
    GROUP BY certificate_id
    UNION ALL
    SELECT certificate_id, received_on, enterprise_id, CAST(18446744073709551615 AS UBIGINT)
    FROM core_certificate__entity
    WHERE enterprise_id IS NOT NULL
),
sequenced AS (
    -- one row per observation, with the employer observed before it
    SELECT
        certificate_id, seen_on, enterprise_id, place,
        lag(enterprise_id) OVER (PARTITION BY certificate_id ORDER BY seen_on NULLS FIRST, place NULLS FIRST) AS former_id
    FROM observed
),
started AS (
    -- one row per spell; the first begins with the certificate
    SELECT
        sequenced.certificate_id, sequenced.enterprise_id, lasting.end_on, sequenced.place,
        CASE
            WHEN sequenced.former_id IS NULL THEN coalesce(lasting.first_day, sequenced.seen_on)
            ELSE greatest(sequenced.seen_on, lasting.first_day)
        END AS spell_from
    FROM sequenced
    JOIN lasting ON lasting.certificate_id = sequenced.certificate_id
    WHERE sequenced.former_id IS NULL OR sequenced.former_id <> sequenced.enterprise_id
),
bounded AS (
    -- one row per spell, ending where the next begins
    SELECT
        certificate_id, enterprise_id, spell_from,
        coalesce(
            lead(spell_from) OVER (PARTITION BY certificate_id ORDER BY spell_from NULLS FIRST, place NULLS FIRST), end_on
        ) AS spell_to
    FROM started
    WHERE spell_from IS NULL OR end_on IS NULL OR spell_from < end_on
)
SELECT certificate_id, enterprise_id, spell_from, spell_to
FROM bounded
WHERE spell_from IS NULL OR spell_to IS NULL OR spell_from < spell_to
