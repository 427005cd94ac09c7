-- 撤下者的证书 | Certificates whose holders were taken down from the lookup
-- grain: public_id
-- warning: 持证人有一份证书撤下，全部证书即撤下 | all certificates of a holder are down when one is
WITH holder AS (
    -- one row per holder with a certificate that was taken down
    SELECT DISTINCT certificate.holder_public_id
    FROM safe_certificate__entity AS certificate
    JOIN param_withdrawal AS withdrawal ON withdrawal.public_id = certificate.public_id
)
SELECT certificate.public_id, certificate.holder_public_id, certificate.person_ref
FROM safe_certificate__entity AS certificate
JOIN holder ON holder.holder_public_id = certificate.holder_public_id
