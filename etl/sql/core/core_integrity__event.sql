-- 诚信记录 | Integrity records of persons and of enterprises, with their publication window
-- grain: integrity_no
-- warning: 未载截止日的记录按规则月数截止 | a record without an end of publication ends after the months the rule sets
-- warning: 一条记录的主体或为人员，或为企业；两者都载或都不载的行在接收时隔离 | a record is about a person or about an enterprise; ingest sets rows aside that carry both or neither
-- declassify rows (registration_no, certificate_id, id_number, label, enterprise_code, enterprise_name): 无注册号的记录按证件号归入其唯一证书，企业的记录按其标识归入企业 | records without a number are placed by ID at the person's only certificate, those of enterprises by the enterprise's label
WITH sole_certificate AS (
    -- one row per ID number needed here that stands on the roster with one certificate only
    SELECT id_number, min(certificate_id) AS certificate_id
    FROM core_roster__history
    WHERE id_number IN (SELECT id_number FROM stg_integrity WHERE registration_no IS NULL)
    GROUP BY id_number
    HAVING min(certificate_id) = max(certificate_id)
),
ranked AS (
    -- one row per exported row placed at its certificate, newest first
    SELECT
        record.integrity_no, record.kind_code, record.decision_no, record.authority_name,
        record.authority_level_code, record.content, record.decided_on,
        record.received_on, record.source_name,
        coalesce(record.public_from, record.decided_on) AS public_from,
        coalesce(
            record.public_to,
            CAST(coalesce(record.public_from, record.decided_on) + CAST(rule.value AS INTEGER) * INTERVAL 1 MONTH AS DATE)
        ) AS public_to,
        coalesce(certificate.certificate_id, sole_certificate.certificate_id) AS certificate_id,
        enterprise.enterprise_id,
        row_number() OVER (
            PARTITION BY record.integrity_no
            ORDER BY record.received_on DESC, record.source_name, record.source_file, record.source_row
        ) AS precedence
    FROM stg_integrity AS record
    LEFT JOIN rule_registration AS rule ON rule.rule = 'publication_months' AND rule.subject = record.kind_code
    LEFT JOIN core_certificate__entity AS certificate ON certificate.registration_no = record.registration_no
    LEFT JOIN sole_certificate
        ON record.registration_no IS NULL AND sole_certificate.id_number = record.id_number
    LEFT JOIN core_enterprise__link AS enterprise
        ON record.registration_no IS NULL
        AND enterprise.label = coalesce(record.enterprise_code, record.enterprise_name)
)
SELECT
    integrity_no, certificate_id, enterprise_id, kind_code, decision_no, authority_name, authority_level_code, content,
    decided_on, public_from, public_to, received_on, source_name
FROM ranked
WHERE precedence = 1
