-- 工程项目 | Projects
-- grain: project_no
SELECT
    left(md5('project|' || project.project_no), 20) AS project_key,
    project.project_no, project.project_name, project.project_type_code, project.division_code,
    project.prefecture_code, enterprise.enterprise_key, enterprise.enterprise_name, project.started_on,
    project.completed_on, project.source_name, project.received_on
FROM core_project__entity AS project
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = project.enterprise_id
