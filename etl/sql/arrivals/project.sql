-- 工程项目行的去处 | What became of the accepted rows of projects
-- no_number: 没有项目编号 | without a project number
SELECT
    CASE
        WHEN project_no IS NULL THEN 'no_number'
        WHEN project_no IN (SELECT project_no FROM core_project__entity) THEN 'reached'
        ELSE 'lost'
    END AS arrival,
    count(*) AS "rows"
FROM stg_project
GROUP BY ALL
