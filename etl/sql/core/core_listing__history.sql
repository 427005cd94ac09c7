-- 各快照的名册行 | Roster rows of every snapshot, for series of several snapshots
-- grain: precedence, specialty_code
-- warning: 没有注册号和证书编号的行无从跟踪，不列 | rows without a number cannot be followed and are left out
-- warning: “即将到期”随日期而来，记为有效 | expiring follows from the calendar and is `valid` here
-- declassify rows (registration_no, certificate_no): 没有编号的行不能跟踪 | rows without a number cannot be followed
WITH compared AS (
    -- one row per file of a snapshot that has another before or after it
    SELECT
        file.source_name, file.source_file, file.series, file.received_on,
        row_number() OVER (ORDER BY file.source_name, file.source_file) AS file_rank
    FROM stg_snapshot AS file
    JOIN core_snapshot__history AS snapshot
        ON snapshot.source_name = file.source_name
        AND snapshot.series = file.series
        AND snapshot.received_on = file.received_on
    WHERE snapshot.former_on IS NOT NULL OR snapshot.next_on IS NOT NULL
)
SELECT
    compared.source_name, compared.series, compared.received_on,
    CAST('0x' || left(md5('certificate|' || coalesce(
        roster.registration_no, 'c|' || roster.certificate_no
    )), 16) AS UBIGINT) AS certificate_id,
    compared.file_rank * 1000000000 + roster.source_row AS precedence,
    link.enterprise_id, roster.enterprise_code, roster.enterprise_name, roster.person_name, roster.person_name_en,
    roster.business_address, coalesce(roster.division_code, enterprise.division_code) AS division_code,
    roster.category_code, roster.specialty_code, roster.valid_to,
    CASE WHEN roster.status_code = 'expiring' THEN 'valid' ELSE roster.status_code END AS status_code
FROM stg_registration AS roster
JOIN compared ON compared.source_name = roster.source_name AND compared.source_file = roster.source_file
LEFT JOIN core_enterprise__link AS link ON link.label = coalesce(roster.enterprise_code, roster.enterprise_name)
LEFT JOIN core_enterprise__entity AS enterprise ON enterprise.enterprise_id = link.enterprise_id
WHERE roster.registration_no IS NOT NULL OR roster.certificate_no IS NOT NULL
