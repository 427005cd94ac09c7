-- 单位变动查询 | Moves of certificates between enterprises, for the lookup
-- grain: public_id, month, enterprise_name_from, enterprise_name_to
SELECT DISTINCT
    public_id, month, enterprise_name_from, enterprise_name_to, division_code_from, division_code_to
FROM safe_move__event
