-- 企业资质 | Qualifications of enterprises, each certificate and validity once
-- grain: enterprise_id, qualification_no, qualification_code, valid_from
WITH ranked AS (
    -- one row per exported row with the key of its enterprise, newest first
    SELECT
        link.enterprise_id, item.qualification_no, item.qualification_code, item.grade_code, item.valid_from,
        item.valid_to,
        row_number() OVER (
            PARTITION BY link.enterprise_id, item.qualification_no, item.qualification_code, item.valid_from
            ORDER BY item.received_on DESC, item.source_name, item.source_file, item.source_row
        ) AS precedence
    FROM stg_qualification AS item
    JOIN core_enterprise__link AS link ON link.label = item.enterprise_code
)
SELECT enterprise_id, qualification_no, qualification_code, grade_code, valid_from, valid_to
FROM ranked
WHERE precedence = 1
