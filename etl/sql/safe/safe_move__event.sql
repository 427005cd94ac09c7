-- 单位变动 | Moves of certificates between enterprises
-- grain: public_id, month, enterprise_id_from, enterprise_id
-- warning: 执业企业变更，或注销后规定天数内在另一单位重新注册；更名不算 | a transfer, or a cancellation followed within the days of the rule by a registration at another enterprise; renamings never count
WITH typed AS (
    -- one row per event that can be part of a move
    SELECT
        event.certificate_id, event.event_on, event.event_id, event.enterprise_id_from, event.enterprise_id,
        type.effect
    FROM core_registration__event AS event
    JOIN codes_event_type AS type ON type.code = event.event_type_code
    WHERE type.effect IN ('enter', 'transfer', 'leave')
),
followed AS (
    -- one row per such event, with the employer and the kind of the one before it
    SELECT
        certificate_id, event_on, enterprise_id_from, enterprise_id, effect,
        lag(CASE WHEN effect = 'leave' THEN event_on END) OVER history AS left_on,
        lag(enterprise_id IGNORE NULLS) OVER history AS former_id
    FROM typed
    WINDOW history AS (PARTITION BY certificate_id ORDER BY event_on, event_id)
),
move AS (
    -- one row per move of a certificate
    SELECT certificate_id, event_on, coalesce(enterprise_id_from, former_id) AS from_id, enterprise_id AS to_id
    FROM followed
    WHERE effect = 'transfer'
    UNION ALL
    SELECT followed.certificate_id, followed.event_on, followed.former_id, followed.enterprise_id
    FROM followed
    JOIN rule_registration AS rule ON rule.rule = 'reregistration_move_days'
    WHERE followed.effect = 'enter' AND followed.event_on <= followed.left_on + CAST(rule.value AS INTEGER)
)
SELECT DISTINCT
    link.public_id,
    link.person_ref,
    month_of(move.event_on) AS month,
    move.from_id AS enterprise_id_from,
    move.to_id AS enterprise_id,
    former.enterprise_name AS enterprise_name_from,
    next.enterprise_name AS enterprise_name_to,
    former.division_code AS division_code_from,
    next.division_code AS division_code_to
FROM move
JOIN safe_certificate__link AS link ON link.certificate_id = move.certificate_id
JOIN core_enterprise__entity AS former ON former.enterprise_id = move.from_id
JOIN core_enterprise__entity AS next ON next.enterprise_id = move.to_id
WHERE move.from_id <> move.to_id
