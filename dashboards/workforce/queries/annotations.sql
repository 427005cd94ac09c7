-- 时间轴上的规则变更 | changes of rules, for the time axis
-- requires: annotation.on_date, annotation.zh, annotation.en
SELECT on_date, zh, en
FROM annotation
ORDER BY on_date
