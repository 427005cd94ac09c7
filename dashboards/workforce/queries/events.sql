-- 每月各类业务办理数 | registration events by month and type
-- requires: mart_event__monthly.month, mart_event__monthly.event_type_code, mart_event__monthly.events
SELECT month, event_type_code, CAST(sum(events) AS BIGINT) AS events
FROM mart_event__monthly
GROUP BY month, event_type_code
ORDER BY month, event_type_code
