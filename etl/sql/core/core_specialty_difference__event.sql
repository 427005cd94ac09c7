-- 专业注册在相继两个快照之间的差异 | What differs in the specialties of a certificate between two successive snapshots that both list it
-- grain: source_name, series, certificate_id, specialty_code, observed_by, change_type_code
-- warning: 未载的状态、有效期不算变化；任一快照未载该证书专业时不比较专业 | a status or end that is not told is no change; specialties are compared where both snapshots tell those of the certificate
WITH pair AS (
    -- one row per certificate in a snapshot and in the one before where it could be read
    SELECT
        present.source_name, present.series, present.certificate_id, present.enterprise_id, present.division_code,
        present.category_code, presence.compared_on AS observed_after, present.received_on AS observed_by,
        former.registrations > 0 AND present.registrations > 0 AS has_specialties
    FROM core_presence__history AS presence
    JOIN core_holding__history AS present
        ON present.source_name = presence.source_name
        AND present.series = presence.series
        AND present.received_on = presence.received_on
        AND present.certificate_id = presence.certificate_id
    JOIN core_holding__history AS former
        ON former.source_name = presence.source_name
        AND former.series = presence.series
        AND former.received_on = presence.compared_on
        AND former.certificate_id = presence.certificate_id
),
specialty AS (
    -- one row per specialty of such a certificate in either of the two snapshots
    SELECT
        pair.source_name, pair.series, pair.certificate_id, pair.observed_by, listing.specialty_code,
        max(CASE WHEN listing.received_on = pair.observed_after THEN 1 ELSE 0 END) = 1 AS was_listed,
        max(CASE WHEN listing.received_on = pair.observed_by THEN 1 ELSE 0 END) = 1 AS is_listed,
        max(CASE WHEN listing.received_on = pair.observed_after THEN listing.status_code END) AS former_status,
        max(CASE WHEN listing.received_on = pair.observed_by THEN listing.status_code END) AS status_code,
        moved_on(
            max(CASE WHEN listing.received_on = pair.observed_after THEN listing.valid_to END),
            max(CASE WHEN listing.received_on = pair.observed_by THEN listing.valid_to END)
        ) AS is_extended
    FROM pair
    JOIN core_listing__history AS listing
        ON listing.source_name = pair.source_name
        AND listing.series = pair.series
        AND listing.certificate_id = pair.certificate_id
    WHERE listing.received_on IN (pair.observed_after, pair.observed_by)
    GROUP BY pair.source_name, pair.series, pair.certificate_id, pair.observed_by, listing.specialty_code
),
change AS (
    -- one row per change of a specialty
    SELECT source_name, series, certificate_id, observed_by, specialty_code, 'renewal' AS change_type_code
    FROM specialty
    WHERE is_extended
    UNION ALL
    SELECT source_name, series, certificate_id, observed_by, specialty_code, 'status'
    FROM specialty
    WHERE former_status <> status_code
    UNION ALL
    SELECT source_name, series, certificate_id, observed_by, specialty_code, 'specialty_added'
    FROM specialty
    WHERE is_listed AND NOT was_listed
    UNION ALL
    SELECT source_name, series, certificate_id, observed_by, specialty_code, 'specialty_removed'
    FROM specialty
    WHERE was_listed AND NOT is_listed
)
SELECT
    pair.source_name, pair.series, pair.certificate_id, change.change_type_code, change.specialty_code,
    pair.enterprise_id, pair.division_code, pair.category_code, pair.observed_after, pair.observed_by
FROM change
JOIN pair
    ON pair.source_name = change.source_name
    AND pair.series = change.series
    AND pair.certificate_id = change.certificate_id
    AND pair.observed_by = change.observed_by
WHERE pair.has_specialties OR change.change_type_code IN ('renewal', 'status')
