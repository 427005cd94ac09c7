-- 项目负责人查询 | Managers of projects at each stage, for the lookup
-- grain: project_key, stage_code, public_id
SELECT
    manager.project_key, manager.stage_code, manager.public_id, manager.enterprise_name, manager.bound_on,
    manager.source_name, manager.received_on
FROM safe_project_manager__link AS manager
ANTI JOIN safe_withdrawal__link AS down ON down.public_id = manager.public_id
