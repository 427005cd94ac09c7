-- 观测日：各季度末，以及截至日 | Observations: every quarter end since the first registration, and the as-of date as the last one
-- grain: quarter_end
-- warning: 当季未完时以截至日代替季度末 | an unfinished quarter is observed on the as-of date
WITH bound AS (
    -- one row: the first and the last observation; the as-of date alone when nothing is dated
    SELECT coalesce(min(history.quarter_from), max(build.as_of)) AS first_on, max(build.as_of) AS as_of
    FROM param_build AS build
    LEFT JOIN safe_registration__history AS history ON TRUE
),
quarter AS (
    -- one row per quarter since the first observation, with its last day
    SELECT
        bound.as_of,
        CAST(date_trunc('quarter', bound.first_on) + (step.quarters + 1) * INTERVAL 3 MONTH AS DATE) - 1 AS last_day
    FROM bound
    CROSS JOIN unnest(range(0, 2000)) AS step(quarters)
)
SELECT DISTINCT least(last_day, as_of) AS quarter_end
FROM quarter
WHERE date_trunc('quarter', last_day) <= date_trunc('quarter', as_of)
