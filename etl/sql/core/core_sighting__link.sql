-- 隔离行所指的证书 | Certificates that a row set aside names
-- grain: source_name, series, received_on, certificate_id
-- warning: 有一格等于该来源别处所列的编号，才算指到 | a row names a certificate if one of its cells is a number that the source lists elsewhere
-- declassify rows (registration_no, certificate_no): 一证只取一次 | each certificate once
SELECT DISTINCT
    file.source_name, file.series, file.received_on,
    CAST('0x' || left(md5('certificate|' || coalesce(
        sighting.registration_no, 'c|' || sighting.certificate_no
    )), 16) AS UBIGINT) AS certificate_id
FROM stg_sighting AS sighting
JOIN stg_snapshot AS file
    ON file.source_name = sighting.source_name AND file.source_file = sighting.source_file
