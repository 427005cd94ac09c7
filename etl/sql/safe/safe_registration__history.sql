-- 专业注册逐季状态 | State of each specialty registration from quarter end to quarter end: [quarter_from, quarter_to)
-- grain: certificate_id, quarter_from, specialty_code, division_code, status_code
-- warning: 有效（含即将到期、锁定）记为 valid；不跨季度末的状态不列；无起始日的只计入截至日；临近年龄上限者到当年年末才离开 | in force (expiring and locked included) is `valid`; a state that meets no quarter end is left out; one without a first day counts on the as-of date only; near the age limit a registration leaves at the end of its year
WITH state AS (
    -- one row per state: in force, then ended until the next interval; the as-of date stands in for unknown days
    SELECT
        certificate_id, specialty_code, person_ref, category_code, division_code,
        coalesce(in_force_from, build.as_of) AS in_force_from, in_force_to, 'valid' AS status_code
    FROM safe_registration__interval AS registration
    CROSS JOIN param_build AS build
    LEFT JOIN codes_status AS status ON status.code = registration.status_code
    WHERE coalesce(in_force_to, build.as_of + 1) > coalesce(in_force_from, build.as_of)
        AND (in_force_from IS NOT NULL OR in_force_to IS NOT NULL OR status.in_force = 'yes')
    UNION ALL
    SELECT
        certificate_id, specialty_code, person_ref, category_code, division_code,
        coalesce(in_force_to, build.as_of), superseded_on, registration.status_code
    FROM safe_registration__interval AS registration
    CROSS JOIN param_build AS build
    JOIN codes_status AS status ON status.code = registration.status_code AND status.in_force = 'no'
    WHERE in_force_to <= build.as_of AND (superseded_on IS NULL OR in_force_to < superseded_on)
        OR in_force_to IS NULL AND superseded_on IS NULL AND in_force_from IS NULL
),
placed AS (
    -- one row per state and division: the first observation at which it holds, and the first at which it no longer does
    SELECT
        state.certificate_id, state.person_ref, state.category_code, state.specialty_code, state.status_code,
        coalesce(moved.division_code, state.division_code) AS division_code,
        greatest(state.in_force_from, coalesce(moved.spell_from, state.in_force_from)) AS in_force_from,
        least(coalesce(state.in_force_to, moved.spell_to), coalesce(moved.spell_to, state.in_force_to)) AS in_force_to
    FROM state
    LEFT JOIN core_certificate_division__history AS moved
        ON moved.certificate_id = state.certificate_id
        AND (moved.spell_to IS NULL OR state.in_force_from < moved.spell_to)
        AND (moved.spell_from IS NULL OR state.in_force_to IS NULL OR state.in_force_to > moved.spell_from)
),
observed AS (
    -- one row per state and division, its days turned into observations: quarter ends, and the as-of date
    SELECT
        certificate_id, person_ref, category_code, specialty_code, division_code, status_code,
        observation_of(in_force_from, build.as_of) AS quarter_from,
        CASE WHEN in_force_to <= build.as_of THEN observation_of(in_force_to, build.as_of) END AS quarter_to
    FROM placed
    CROSS JOIN param_build AS build
    WHERE in_force_from <= build.as_of
)
SELECT
    certificate_id, person_ref, category_code, specialty_code, division_code, status_code, quarter_from, quarter_to
FROM observed
WHERE quarter_to IS NULL OR quarter_from < quarter_to
