-- 项目负责人查询 | Managers of projects at each stage, for the lookup
-- grain: project_key, stage_code, public_id
SELECT project_key, stage_code, public_id, enterprise_name, bound_on, source_name, received_on
FROM safe_project_manager__link
