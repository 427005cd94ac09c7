-- 专业注册逐季状态 | State of each specialty registration from quarter end to quarter end: [quarter_from, quarter_to)
-- grain: public_id, specialty_code, quarter_from, division_code, status_code
-- warning: 有效（含即将到期、锁定）记为 valid；不跨季度末的状态不列；无起始日的只计入截至日；延续暂停期内到期的视为有效至暂停期末 | in force (expiring and locked included) is `valid`; a state that meets no quarter end is left out; one without a first day counts on the as-of date only; validity that ran out in a suspension of renewals counts to the end of the suspension
WITH interval_of AS (
    -- one row per validity interval: in force on [starts_on, ends_on)
    SELECT
        registration.certificate_id, registration.specialty_code, registration.status_code,
        registration.superseded_on, registration.valid_from AS starts_on, link.public_id, link.person_ref,
        link.category_code, link.division_code,
        coalesce(
            registration.ended_on,
            least(coalesce(gap.valid_to, registration.valid_to) + 1, registration.superseded_on),
            registration.superseded_on
        ) AS ends_on
    FROM core_registration__history AS registration
    JOIN safe_certificate__link AS link ON link.certificate_id = registration.certificate_id
    LEFT JOIN rule_registration AS gap
        ON gap.rule = 'renewal_gap' AND gap.subject = link.category_code
        AND registration.valid_to BETWEEN gap.valid_from AND gap.valid_to
),
state AS (
    -- one row per state: in force, then ended until the next interval; the as-of date stands in for unknown days
    SELECT
        interval_of.certificate_id, specialty_code, public_id, person_ref, category_code, division_code,
        coalesce(starts_on, build.as_of) AS starts_on, ends_on, 'valid' AS status_code
    FROM interval_of
    CROSS JOIN param_build AS build
    LEFT JOIN codes_status AS status ON status.code = interval_of.status_code
    WHERE coalesce(ends_on, build.as_of + 1) > coalesce(starts_on, build.as_of)
        AND (starts_on IS NOT NULL OR ends_on IS NOT NULL OR status.in_force = 'yes')
    UNION ALL
    SELECT
        certificate_id, specialty_code, public_id, person_ref, category_code, division_code,
        coalesce(ends_on, build.as_of), superseded_on, interval_of.status_code
    FROM interval_of
    CROSS JOIN param_build AS build
    JOIN codes_status AS status ON status.code = interval_of.status_code AND status.in_force = 'no'
    WHERE ends_on <= build.as_of AND (superseded_on IS NULL OR ends_on < superseded_on)
        OR ends_on IS NULL AND superseded_on IS NULL AND starts_on IS NULL
),
placed AS (
    -- one row per state and division: the first observation at which it holds, and the first at which it no longer does
    SELECT
        state.public_id, state.person_ref, state.category_code, state.specialty_code, state.status_code,
        coalesce(moved.division_code, state.division_code) AS division_code,
        greatest(state.starts_on, coalesce(moved.spell_from, state.starts_on)) AS starts_on,
        least(coalesce(state.ends_on, moved.spell_to), coalesce(moved.spell_to, state.ends_on)) AS ends_on
    FROM state
    LEFT JOIN core_certificate_division__history AS moved
        ON moved.certificate_id = state.certificate_id
        AND (moved.spell_to IS NULL OR state.starts_on < moved.spell_to)
        AND (moved.spell_from IS NULL OR state.ends_on IS NULL OR state.ends_on > moved.spell_from)
),
observed AS (
    -- one row per state and division, its days turned into observations: quarter ends, and the as-of date
    SELECT
        public_id, person_ref, category_code, specialty_code, division_code, status_code,
        least(CAST(date_trunc('quarter', starts_on) + INTERVAL 3 MONTH AS DATE) - 1, build.as_of) AS quarter_from,
        CASE WHEN ends_on <= build.as_of THEN
            least(CAST(date_trunc('quarter', ends_on) + INTERVAL 3 MONTH AS DATE) - 1, build.as_of)
        END AS quarter_to
    FROM placed
    CROSS JOIN param_build AS build
    WHERE starts_on <= build.as_of
)
SELECT
    public_id, person_ref, category_code, specialty_code, division_code, status_code, quarter_from, quarter_to
FROM observed
WHERE quarter_to IS NULL OR quarter_from < quarter_to
