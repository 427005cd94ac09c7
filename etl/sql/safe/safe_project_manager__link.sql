-- 项目各环节的负责人 | Manager of a project at each stage
-- grain: project_no, stage_code, public_id
-- warning: 各环节的人选可能不同，不作取舍 | the stages may name different persons; none is preferred
SELECT
    left(md5('project|' || post.project_no), 20) AS project_key, post.project_no, post.stage_code, link.public_id, enterprise.enterprise_name, post.bound_on, post.source_name,
    post.received_on
FROM core_project_manager__link AS post
JOIN safe_certificate__link AS link ON link.certificate_id = post.certificate_id
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = post.enterprise_id
