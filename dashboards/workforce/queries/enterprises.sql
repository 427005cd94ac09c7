-- 聘用企业数 | employing enterprises by kind of ownership
-- requires: mart_enterprise__stock.enterprises
SELECT CAST(sum(enterprises) AS BIGINT) AS enterprises
FROM mart_enterprise__stock
