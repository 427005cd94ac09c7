-- 每月注册事项 | Registration events by month, division, category and type
-- grain: month, division_code, category_code, event_type_code
SELECT month, division_code, category_code, event_type_code, events
FROM safe_event__monthly
