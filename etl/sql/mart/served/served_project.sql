-- 项目查询 | Projects, for the lookup
-- grain: project_key
-- warning: 列序使数字列之间隔着文字，否则相邻的编码在文件中会像证件号 | columns of digits have text between them, for side by side they would look like identity numbers in the file
SELECT
    project_key, project_name, project_no, project_type_code, enterprise_name, division_code, prefecture_code,
    source_name, enterprise_key, started_on, completed_on, received_on
FROM safe_project__entity
