-- 单位变动查询 | Moves of certificates between enterprises, for the lookup
-- grain: public_id, month, enterprise_name_from, enterprise_name_to
SELECT DISTINCT
    move.public_id, move.month, move.enterprise_name_from, move.enterprise_name_to, move.division_code_from,
    move.division_code_to
FROM safe_move__event AS move
ANTI JOIN safe_withdrawal__link AS down ON down.public_id = move.public_id
