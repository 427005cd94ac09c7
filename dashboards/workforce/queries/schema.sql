-- 发布库中的全部列 | every column of the release database
SELECT table_name, column_name
FROM information_schema.columns
