-- 专业注册的有效区间，及其可对外说明的程度 | Validity intervals of specialty registrations, and what may be told of them
-- grain: certificate_id, valid_from, specialty_code, valid_to
-- warning: 临近年龄上限者的终止推到当年年末：截短的日期就是生日（docs/decisions/0005） | near the age limit an end is put to the end of its year: a day cut by the limit is a birthday (docs/decisions/0005)
-- warning: 延续暂停期内到期的视为有效至暂停期末 | validity that ran out in a suspension of renewals counts to the end of the suspension
WITH ended AS (
    -- one row per interval, with the first day on which it is no longer in force
    SELECT
        registration.certificate_id, registration.specialty_code, registration.status_code,
        registration.valid_from, registration.valid_to, registration.ended_on, registration.superseded_on,
        link.person_ref,
        link.category_code, link.division_code,
        coalesce(
            extract(year FROM coalesce(registration.valid_to, registration.ended_on)) >= link.discreet_year, FALSE
        ) AS near_age_limit,
        coalesce(
            registration.ended_on,
            least(coalesce(gap.valid_to, registration.valid_to) + 1, registration.superseded_on),
            registration.superseded_on
        ) AS ends_on
    FROM core_registration__history AS registration
    JOIN safe_certificate__link AS link ON link.certificate_id = registration.certificate_id
    LEFT JOIN rule_registration AS gap
        ON gap.rule = 'renewal_gap' AND gap.subject = link.category_code
        AND registration.valid_to BETWEEN gap.valid_from AND gap.valid_to
)
SELECT
    ended.certificate_id, ended.specialty_code, ended.person_ref, ended.category_code, ended.division_code,
    ended.status_code, ended.valid_from, ended.valid_to, ended.ended_on, ended.superseded_on, ended.near_age_limit,
    ended.valid_from AS in_force_from,
    CASE
        WHEN ended.near_age_limit AND ended.ends_on <= build.as_of
            THEN least(make_date(extract(year FROM ended.ends_on - 1), 12, 31), ended.superseded_on, build.as_of)
        ELSE ended.ends_on
    END AS in_force_to
FROM ended
CROSS JOIN param_build AS build
