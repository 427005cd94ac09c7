-- 证书在快照之间的变化，及其可否按人说明 | Changes of certificates between snapshots, and whether they may be told by name
-- grain: event_id
-- warning: 随有效期而来的变化，临近年龄上限或找不到其注册的不说（docs/decisions/0005） | what follows from validity is not told near the age limit, nor where the registration is not known (docs/decisions/0005)
SELECT
    change.event_id, change.certificate_id, change.change_type_code, change.specialty_code, change.enterprise_id_from,
    change.enterprise_id, change.is_derived, change.observed_after, change.observed_by,
    type.follows_validity <> 'no' AND coalesce(registration.near_age_limit, TRUE) AS is_untold
FROM core_change__event AS change
JOIN codes_change_type AS type ON type.code = change.change_type_code
LEFT JOIN safe_registration__interval AS registration
    ON registration.certificate_id = change.certificate_id
    AND registration.specialty_code IS NOT DISTINCT FROM change.specialty_code
    AND registration.superseded_on IS NULL
