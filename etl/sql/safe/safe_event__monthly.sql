-- 注册事项按月 | Registration events by month, division, category and type
-- grain: month, division_code, category_code, event_type_code
-- warning: 地区取事项所涉单位，缺则取证书现址；名册中没有的证书无类别 | the division is that of the employer in the event, else where the certificate stands; a certificate on no roster has no category
SELECT
    month_of(event.event_on) AS month,
    coalesce(enterprise.division_code, link.division_code) AS division_code,
    link.category_code,
    event.event_type_code,
    count(*) AS events
FROM core_registration__event AS event
LEFT JOIN safe_certificate__link AS link ON link.certificate_id = event.certificate_id
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = event.enterprise_id
GROUP BY
    month_of(event.event_on),
    coalesce(enterprise.division_code, link.division_code),
    link.category_code,
    event.event_type_code
