-- 企业行的去处 | What became of the accepted rows of enterprises
-- no_code: 没有信用代码，从名册和事项中得知 | without a code; known from rosters and events
SELECT
    CASE
        WHEN enterprise_code IS NULL THEN 'no_code'
        WHEN enterprise_code IN (
            SELECT link.label FROM core_enterprise__link AS link
            JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = link.enterprise_id
        ) THEN 'reached'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM stg_enterprise
GROUP BY ALL
