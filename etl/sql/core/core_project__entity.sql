-- 工程项目 | Projects
-- grain: project_no
WITH ranked AS (
    -- one row per exported row, newest first
    SELECT
        project.project_no, project.project_name, project.project_type_code, project.division_code,
        project.prefecture_code, link.enterprise_id, project.contract_amount, project.started_on,
        project.completed_on, project.received_on, project.source_name,
        row_number() OVER (
            PARTITION BY project.project_no
            ORDER BY project.received_on DESC, project.source_name, project.source_file, project.source_row
        ) AS precedence
    FROM stg_project AS project
    LEFT JOIN core_enterprise__link AS link ON link.label = project.enterprise_code
    WHERE project.project_no IS NOT NULL
)
SELECT
    project_no, project_name, project_type_code, division_code, prefecture_code, enterprise_id, contract_amount,
    started_on, completed_on, received_on, source_name
FROM ranked
WHERE precedence = 1
