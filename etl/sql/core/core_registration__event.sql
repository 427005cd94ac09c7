-- 注册事项 | Registration events up to the as-of date
-- grain: event_id
-- warning: 名册中没有的证书仍保留事项 | events of certificates that stand on no roster are kept
-- declassify rows (event_no, registration_no, certificate_id, id_number): 无注册号的事项按证件号归入其唯一证书 | events without a number are placed by ID at the person's only certificate
WITH sole_certificate AS (
    -- one row per ID number needed here that stands on the roster with one certificate only
    SELECT id_number, min(certificate_id) AS certificate_id
    FROM core_roster__history
    WHERE id_number IN (SELECT id_number FROM stg_event WHERE registration_no IS NULL)
    GROUP BY id_number
    HAVING min(certificate_id) = max(certificate_id)
),
placed AS (
    -- one row per event as received, placed at its certificate and enterprises
    SELECT
        coalesce(
            CAST('0x' || left(md5('certificate|' || event.registration_no), 16) AS UBIGINT),
            sole_certificate.certificate_id
        ) AS certificate_id,
        event.event_no,
        event.event_type_code,
        event.specialty_code,
        link_from.enterprise_id AS enterprise_id_from,
        link_to.enterprise_id,
        event.event_on,
        event.valid_to,
        event.cancellation_reason_code,
        event.received_on, event.source_name, event.source_file, event.source_row
    FROM stg_event AS event
    CROSS JOIN param_build AS build
    LEFT JOIN sole_certificate
        ON event.registration_no IS NULL AND sole_certificate.id_number = event.id_number
    LEFT JOIN core_enterprise__link AS link_from
        ON link_from.label = coalesce(event.enterprise_code_from, event.enterprise_name_from)
    LEFT JOIN core_enterprise__link AS link_to
        ON link_to.label = coalesce(event.enterprise_code, event.enterprise_name)
    -- written so, the engine keeps its estimate of the rows and builds its hash tables on the enterprises
    WHERE coalesce(event.event_on <= build.as_of, FALSE)
),
keyed AS (
    -- one row per event as received, with its key: the same event from two sources has one key
    SELECT
        CAST('0x' || left(md5(concat(
            'event|',
            -- without number and certificate nothing tells it from others of its kind and day but the row itself
            coalesce(event_no, CASE WHEN certificate_id IS NULL THEN
                'r|' || source_name || '|' || source_file || '|' || CAST(source_row AS VARCHAR)
            END, ''),
            '|', coalesce(CAST(certificate_id AS VARCHAR), ''), '|', event_type_code,
            '|', coalesce(specialty_code, ''), '|', CAST(event_on AS VARCHAR)
        )), 16) AS UBIGINT) AS event_id,
        certificate_id, event_type_code, specialty_code, enterprise_id_from, enterprise_id, event_on, valid_to,
        cancellation_reason_code, received_on, source_name, source_file, source_row
    FROM placed
),
ranked AS (
    -- one row per event as received, newest copy first
    SELECT
        event_id, certificate_id, event_type_code, specialty_code, enterprise_id_from, enterprise_id, event_on,
        valid_to, cancellation_reason_code,
        row_number() OVER (
            PARTITION BY event_id ORDER BY received_on DESC, source_name, source_file, source_row
        ) AS precedence
    FROM keyed
)
SELECT
    event_id, certificate_id, event_type_code, specialty_code, enterprise_id_from, enterprise_id, event_on,
    valid_to, cancellation_reason_code
FROM ranked
WHERE precedence = 1
