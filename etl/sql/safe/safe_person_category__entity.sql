-- 一人在一个类别中为查询页所示者 | What the lookup shows of a person in a category: the first certificate's enterprise and name
-- grain: person_ref, category_code
-- warning: 单位与姓名取编号最小的证书，为截止日所知 | enterprise and name are those of the first certificate by id, as known on the as-of date
SELECT
    person_ref,
    category_code,
    min(first_registered_month) AS first_registered_month,
    min_by(enterprise_key, public_id) AS enterprise_key,
    substr(min_by(person_name, public_id), 2) AS given_name
FROM safe_certificate__entity
GROUP BY person_ref, category_code
