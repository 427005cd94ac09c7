-- 证书见于哪些快照 | Snapshots in which a certificate stands, and the snapshots before and after
-- grain: source_name, series, received_on, certificate_id
-- warning: 被隔离的行表明证书仍在，但内容不可比较 | a row set aside shows that the certificate is there; what it says cannot be compared
WITH standing AS (
    -- one row per certificate and snapshot; read_on is empty where only a row set aside names it
    SELECT source_name, series, received_on, certificate_id, received_on AS read_on
    FROM core_holding__history
    UNION ALL
    SELECT sighting.source_name, sighting.series, sighting.received_on, sighting.certificate_id, NULL
    FROM core_sighting__link AS sighting
    ANTI JOIN core_holding__history AS holding
        ON holding.source_name = sighting.source_name
        AND holding.series = sighting.series
        AND holding.received_on = sighting.received_on
        AND holding.certificate_id = sighting.certificate_id
),
sequenced AS (
    -- one row per certificate and snapshot, with the neighbouring snapshots and those in which it stands
    SELECT
        standing.source_name, standing.series, standing.received_on, standing.certificate_id, standing.read_on,
        snapshot.former_on, snapshot.next_on,
        lag(standing.received_on) OVER history AS listed_before,
        lead(standing.received_on) OVER history AS listed_next
    FROM standing
    JOIN core_snapshot__history AS snapshot
        ON snapshot.source_name = standing.source_name
        AND snapshot.series = standing.series
        AND snapshot.received_on = standing.received_on
    WINDOW history AS (
        PARTITION BY standing.source_name, standing.series, standing.certificate_id ORDER BY standing.received_on
    )
),
stretched AS (
    -- one row per certificate and snapshot, with the first snapshot of the unbroken stretch that it belongs to
    SELECT
        source_name, series, received_on, certificate_id, read_on, former_on, next_on, listed_before, listed_next,
        max(CASE WHEN listed_before IS DISTINCT FROM former_on OR former_on IS NULL THEN received_on END) OVER (
            PARTITION BY source_name, series, certificate_id ORDER BY received_on
        ) AS began_on
    FROM sequenced
)
SELECT
    source_name, series, received_on, certificate_id, former_on, next_on, listed_before, listed_next,
    CASE WHEN read_on IS NOT NULL THEN lag(read_on IGNORE NULLS) OVER (
        PARTITION BY source_name, series, certificate_id, began_on ORDER BY received_on
    ) END AS compared_on
FROM stretched
