-- 准予注册与注销的时间线 | Grants of validity and endings of each registration, as claimed by rosters and events
-- grain: certificate_id, specialty_code, is_ending, event_on, valid_to
-- warning: 一次准予以有效期截止日识别；与名册最优行冲突的较早主张不采用 | a grant is known by its last day; an older claim beyond the best roster row is not used
WITH listed AS (
    -- one row per certificate × specialty on the roster: its best row
    SELECT
        certificate_id, specialty_code,
        min_by(valid_to, precedence) AS valid_to,
        min_by(received_on, precedence) AS received_on,
        min_by(status_code, precedence) AS status_code,
        min(first_registered_on) AS first_registered_on
    FROM core_roster__history
    GROUP BY certificate_id, specialty_code
),
typed_event AS (
    -- one row per event that grants or ends; a reason that is a decision gives the status after it
    SELECT
        event.certificate_id, event.specialty_code, event.event_on, event.valid_to, type.effect,
        coalesce(published_decision((
            SELECT max(reason.status) FROM codes_cancellation_reason AS reason
            WHERE reason.code = event.cancellation_reason_code
        )), type.status) AS status
    FROM core_registration__event AS event
    JOIN codes_event_type AS type ON type.code = event.event_type_code
    WHERE type.effect IN ('enter', 'add', 'renew', 'leave')
),
whole AS (
    -- one row per event that concerns all of its certificate
    SELECT certificate_id, event_on, valid_to, effect, status FROM typed_event WHERE specialty_code IS NULL
),
known AS (
    -- one row per specialty of such a certificate that a roster or an event names
    SELECT certificate_id, specialty_code FROM core_roster__history
    WHERE certificate_id IN (SELECT certificate_id FROM whole)
    UNION
    SELECT certificate_id, specialty_code FROM typed_event
    WHERE specialty_code IS NOT NULL AND certificate_id IN (SELECT certificate_id FROM whole)
),
event AS (
    -- one row per such event and specialty; an event without specialty concerns all of the certificate
    SELECT certificate_id, specialty_code, event_on, valid_to, effect, status
    FROM typed_event
    WHERE specialty_code IS NOT NULL
    UNION ALL
    SELECT whole.certificate_id, known.specialty_code, whole.event_on, whole.valid_to, whole.effect, whole.status
    FROM whole
    JOIN known ON known.certificate_id = whole.certificate_id
),
claim AS (
    -- one row per claim that a registration is valid to a day
    SELECT
        certificate_id, specialty_code, valid_to, received_on AS seen_on,
        CASE WHEN valid_from <= valid_to OR valid_to IS NULL THEN valid_from END AS roster_from,
        CAST(NULL AS DATE) AS event_from
    FROM core_roster__history
    UNION ALL
    SELECT certificate_id, specialty_code, valid_to, event_on, NULL, event_on
    FROM event
    WHERE effect <> 'leave' AND valid_to >= event_on
),
granted AS (
    -- one row per grant; its first day from the roster, else from the event
    SELECT
        certificate_id, specialty_code, valid_to,
        coalesce(min(roster_from), min(event_from)) AS event_on,
        max(seen_on) AS seen_on
    FROM claim
    GROUP BY certificate_id, specialty_code, valid_to
),
followed AS (
    -- one row per grant, with the last day of the one before
    SELECT
        certificate_id, specialty_code, valid_to, event_on, seen_on,
        lag(valid_to) OVER (PARTITION BY certificate_id, specialty_code ORDER BY valid_to) AS former_valid_to
    FROM granted
)
SELECT
    followed.certificate_id, followed.specialty_code, FALSE AS is_ending,
    coalesce(followed.event_on, followed.former_valid_to + 1, listed.first_registered_on) AS event_on,
    followed.valid_to,
    CASE WHEN followed.valid_to IS NOT DISTINCT FROM listed.valid_to THEN listed.status_code END AS status_code,
    CASE WHEN followed.valid_to IS NOT DISTINCT FROM listed.valid_to THEN listed.received_on END AS received_on
FROM followed
LEFT JOIN listed
    ON listed.certificate_id = followed.certificate_id
    AND listed.specialty_code IS NOT DISTINCT FROM followed.specialty_code
WHERE
    listed.valid_to IS NULL
    OR followed.valid_to <= listed.valid_to
    OR followed.seen_on > listed.received_on
UNION ALL
SELECT DISTINCT certificate_id, specialty_code, TRUE, event_on, CAST(NULL AS DATE), status, CAST(NULL AS DATE)
FROM event
WHERE effect = 'leave'
