-- 名册行：所属证书与取值优先次序 | Roster rows with their certificate and their precedence
-- grain: certificate_id, precedence
-- warning: 优先次序：来源等级、接收日期（新者先）、来源、文件、行 | precedence: rank of the source, newest received, source, file, row
WITH ranked_source AS (
    -- one row per source with a declared rank, 1 = best
    SELECT subject AS source_name, CAST(value AS INTEGER) AS source_rank
    FROM rule_registration
    WHERE rule = 'source_precedence'
),
keyed AS (
    -- one row per roster row; a certificate is its registration number, else its certificate number, else the row itself
    SELECT
        substr(md5('certificate|' || coalesce(
            roster.registration_no,
            'c|' || roster.certificate_no,
            'r|' || roster.source_name || '|' || roster.source_file || '|' || CAST(roster.source_row AS VARCHAR)
        )), 1, 20) AS certificate_id,
        ranked_source.source_rank,
        link.enterprise_id,
        roster.person_name, roster.person_name_en, roster.sex_code, roster.birth_date, roster.id_type_code,
        roster.id_number, roster.education_code, roster.qualification_year, roster.division_code,
        roster.prefecture_code, roster.registration_no, roster.certificate_no, roster.category_code,
        roster.specialty_code, roster.first_registered_on, roster.valid_from, roster.valid_to, roster.status_code,
        roster.received_on, roster.source_name, roster.source_file, roster.source_row
    FROM stg_registration AS roster
    LEFT JOIN ranked_source ON ranked_source.source_name = roster.source_name
    LEFT JOIN core_enterprise__link AS link
        ON link.label = coalesce(roster.enterprise_code, roster.enterprise_name)
)
SELECT
    certificate_id,
    row_number() OVER (
        PARTITION BY certificate_id
        ORDER BY source_rank NULLS LAST, received_on DESC, source_name, source_file, source_row
    ) AS precedence,
    enterprise_id, person_name, person_name_en, sex_code, birth_date, id_type_code, id_number, education_code,
    qualification_year, division_code, prefecture_code, registration_no, certificate_no, category_code,
    specialty_code, first_registered_on, valid_from, valid_to, status_code, received_on
FROM keyed
