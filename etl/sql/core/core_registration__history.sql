-- 专业注册的有效区间 | Validity intervals of specialty registrations; those of one certificate × specialty never overlap
-- grain: certificate_id, specialty_code, valid_from, valid_to
-- checks: no_overlap(certificate_id, specialty_code; valid_from, valid_to inclusive)
-- warning: 提前延续自上一有效期次日起算；注销未载日期时以名册接收日计 | an early renewal starts the day after the former end; an ending without a date counts from the day the roster was received
WITH parameter AS (
    -- one row: the as-of date and the days before the end at which a registration is expiring (none without the rule)
    SELECT build.as_of, max(CAST(rule.value AS INTEGER)) AS expiring_days
    FROM param_build AS build
    LEFT JOIN rule_registration AS rule ON rule.rule = 'expiring_days'
    GROUP BY build.as_of
),
ordered AS (
    -- one row per grant or ending, each with the next ending
    SELECT
        certificate_id, specialty_code, is_ending, event_on, valid_to, status_code, received_on,
        lead(CASE WHEN is_ending THEN event_on END IGNORE NULLS) OVER history AS ending_on,
        lead(CASE WHEN is_ending THEN status_code END IGNORE NULLS) OVER history AS ending_status
    FROM core_grant__history
    WINDOW history AS (
        PARTITION BY certificate_id, specialty_code
        ORDER BY event_on NULLS FIRST, is_ending DESC, valid_to
    )
),
ended AS (
    -- one row per grant, with the day it ended before its last day; a later roster that says "in force" overrides
    SELECT
        ordered.certificate_id, ordered.specialty_code, ordered.event_on, ordered.valid_to,
        ordered.status_code AS listed_status,
        status.in_force,
        CASE WHEN status.in_force = 'yes' AND ordered.ending_on <= ordered.received_on THEN NULL
            ELSE ordered.ending_status END AS ending_status,
        CASE
            WHEN status.in_force = 'yes' AND ordered.ending_on <= ordered.received_on THEN NULL
            WHEN ordered.ending_on <= coalesce(ordered.valid_to, ordered.ending_on) THEN ordered.ending_on
            WHEN status.in_force = 'no' AND ordered.received_on <= ordered.valid_to THEN ordered.received_on
        END AS ended_on
    FROM ordered
    LEFT JOIN codes_status AS status ON status.code = ordered.status_code
    WHERE NOT ordered.is_ending
),
followed AS (
    -- one row per grant, with its last day in force and the last such day of all grants before it
    SELECT
        certificate_id, specialty_code, event_on, valid_to, ended_on, listed_status, in_force, ending_status,
        coalesce(least(valid_to, ended_on - 1), valid_to, ended_on - 1) AS last_day,
        max(coalesce(least(valid_to, ended_on - 1), valid_to)) OVER (
            PARTITION BY certificate_id, specialty_code
            ORDER BY event_on NULLS FIRST, valid_to
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS former_last_day
    FROM ended
),
placed AS (
    -- one row per grant, starting after everything before it; one to come counts where it continues one in force
    SELECT
        certificate_id, specialty_code, valid_to, ended_on, listed_status, in_force, ending_status, last_day,
        greatest(event_on, former_last_day + 1) AS valid_from
    FROM followed
    CROSS JOIN parameter
    WHERE event_on IS NULL OR event_on <= parameter.as_of OR former_last_day >= parameter.as_of
),
effective AS (
    -- one row per grant that took effect, with the first day of the next
    SELECT
        certificate_id, specialty_code, valid_from, valid_to, ended_on, listed_status, in_force, ending_status,
        last_day,
        lead(valid_from) OVER (
            PARTITION BY certificate_id, specialty_code ORDER BY valid_from NULLS FIRST, valid_to
        ) AS superseded_on
    FROM placed
    WHERE valid_from IS NULL OR last_day IS NULL OR valid_from <= last_day
)
SELECT
    certificate_id, specialty_code, valid_from,
    least(valid_to, superseded_on - 1) AS valid_to,
    ended_on, superseded_on,
    CASE
        WHEN ended_on IS NOT NULL THEN coalesce(ending_status, listed_status, 'historic')
        WHEN superseded_on <= parameter.as_of THEN 'historic'
        WHEN in_force = 'no' THEN listed_status
        WHEN valid_to < parameter.as_of THEN coalesce(ending_status, 'historic')
        WHEN superseded_on IS NULL AND valid_to <= parameter.as_of + parameter.expiring_days THEN 'expiring'
        ELSE coalesce(CASE WHEN listed_status <> 'expiring' THEN listed_status END, 'valid')
    END AS status_code
FROM effective
CROSS JOIN parameter
