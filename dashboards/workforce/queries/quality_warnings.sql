-- 超出界限的变动 | Movements that passed their limit
-- requires: quality_warning.bound_code, quality_warning.found
SELECT source_code, division_code, bound_code, found, allowed
FROM quality_warning
ORDER BY found / allowed DESC, source_code, division_code, bound_code
