-- 名册行：所属证书与取值优先次序 | Roster rows of the newest snapshots with their certificate and their precedence
-- grain: precedence, specialty_code
-- warning: 内部键为散列的前 64 位：一千万个键中有两个相同的概率约百万分之三 | internal keys are the first 64 bits of a hash: two of ten million keys are equal with a probability of about 3 in a million
-- warning: 优先次序：来源等级、接收日期（新者先）、来源、文件、行 | precedence: rank of the source, newest received, source, file, row
WITH file AS (
    -- one row per file of the newest snapshot of its series, best first
    SELECT
        received.source_name, received.source_file, received.received_on,
        row_number() OVER (
            ORDER BY rule.value NULLS LAST, received.received_on DESC, received.source_name, received.source_file
        ) AS file_rank
    FROM (
        SELECT
            source_name, source_file, received_on,
            max(received_on) OVER (PARTITION BY source_name, series) AS newest_on
        FROM stg_snapshot
    ) AS received
    LEFT JOIN rule_registration AS rule
        ON rule.rule = 'source_precedence' AND rule.subject = received.source_name
    WHERE received.received_on IS NOT DISTINCT FROM received.newest_on
)
SELECT
    -- a certificate is its registration number, else its certificate number, else the row itself
    CAST('0x' || left(md5('certificate|' || coalesce(
        roster.registration_no,
        'c|' || roster.certificate_no,
        'r|' || roster.source_name || '|' || roster.source_file || '|' || CAST(roster.source_row AS VARCHAR)
    )), 16) AS UBIGINT) AS certificate_id,
    file.file_rank * 1000000000 + roster.source_row AS precedence,
    link.enterprise_id,
    roster.person_name, roster.person_name_en, roster.sex_code, roster.birth_date, roster.id_type_code,
    roster.id_number, roster.education_code, roster.qualification_year, roster.division_code,
    roster.prefecture_code, roster.registration_no, roster.certificate_no, roster.category_code,
    roster.specialty_code, roster.first_registered_on, roster.valid_from, roster.valid_to, roster.status_code,
    roster.received_on, roster.source_name
FROM stg_registration AS roster
JOIN file
    ON file.source_name = roster.source_name
    AND file.source_file = roster.source_file
LEFT JOIN core_enterprise__link AS link ON link.label = coalesce(roster.enterprise_code, roster.enterprise_name)
