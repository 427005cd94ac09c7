-- 快照的先后 | Snapshots of each series, one after another
-- grain: source_name, series, received_on
-- warning: 只按快照所示日期排序，与收到的先后无关 | ordered by the day that they show, in whatever order they came
SELECT
    source_name,
    series,
    received_on,
    lag(received_on) OVER history AS former_on,
    lead(received_on) OVER history AS next_on
FROM (SELECT DISTINCT source_name, series, received_on FROM stg_snapshot) AS taken
WINDOW history AS (PARTITION BY source_name, series ORDER BY received_on)
