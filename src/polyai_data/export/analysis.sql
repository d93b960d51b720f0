-- What an analysis counts, over the table `given` of all rows that were read. docs/analysis.md says it in words.
-- Variables: grouping; environments (or null); since, until (microseconds since 1970, or null); metric; most_values.

-- One row a conversation.
CREATE TEMP TABLE calls AS
WITH spoken AS (
    SELECT agent_id, conversation_id, count(*) AS turns, bool_or(said) AS said,
        list(latency_seconds) FILTER (latency_seconds IS NOT NULL) AS latencies
    FROM (SELECT DISTINCT ON (agent_id, conversation_id, index) * FROM given WHERE index IS NOT NULL)
    GROUP BY ALL
), listed AS (
    SELECT given.* REPLACE (
            coalesce(spoken.turns, given.turns, 0) AS turns,
            coalesce(spoken.said, given.said, false) AS said,
            coalesce(spoken.latencies, given.latencies, []) AS latencies,
            coalesce(handoff, false) AS handoff,
            coalesce(in_progress, false) AS in_progress
        )
    FROM given LEFT JOIN spoken
        ON given.conversation_id = spoken.conversation_id AND given.agent_id IS NOT DISTINCT FROM spoken.agent_id
    WHERE index IS NULL
        AND (getvariable('since') IS NULL OR epoch_us(started_at) >= getvariable('since'))
        AND (getvariable('until') IS NULL OR epoch_us(started_at) < getvariable('until'))
        AND (getvariable('environments') IS NULL OR list_contains(getvariable('environments')::VARCHAR[], environment))
), known AS (
    SELECT *, count(*) OVER same AS copies, (SELECT count(index) + count(turns) > 0 FROM given) AS turns_known
    FROM listed
    WINDOW same AS (PARTITION BY agent_id, conversation_id)
    QUALIFY row_number() OVER (same ORDER BY in_progress, turns DESC, finished_at DESC) = 1
)
SELECT * EXCLUDE (index, latency_seconds),
    row_number() OVER () AS call,
    coalesce(nullif(CASE getvariable('grouping')
        WHEN 'day' THEN strftime(started_at, '%Y-%m-%d')
        WHEN 'hour' THEN strftime(started_at, '%H:00')
        WHEN 'channel' THEN channel
        WHEN 'variant' THEN coalesce(nullif(variant_name, ''), variant_id)
        WHEN 'agent' THEN agent_id
        WHEN 'environment' THEN environment
    END, ''), '-') AS part,
    turns_known AND num_turns > 0 AND turns = 0 AS hidden,
    turns_known AND NOT (hidden OR said OR handoff OR in_progress) AS silent,
    NOT (silent OR handoff OR in_progress) AND coalesce(num_turns, turns) <= 2 AS early
FROM known;

-- The conversations to look at: of each kind the worst, or of hang-ups the last.
CREATE TEMP VIEW worst AS
SELECT kind, agent_id, conversation_id, seconds
FROM (
    SELECT 'latency' AS kind, agent_id, conversation_id, list_max(latencies) AS seconds, seconds AS badness FROM calls
    UNION ALL SELECT 'hangup', agent_id, conversation_id, duration_seconds, epoch(started_at) FROM calls WHERE silent OR early
    UNION ALL SELECT 'duration', agent_id, conversation_id, duration_seconds, duration_seconds FROM calls
)
WHERE badness IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY kind ORDER BY badness DESC, conversation_id) <= 5
ORDER BY kind, badness DESC, conversation_id;

-- The last value of each metric of a conversation, and its columns of numbers.
CREATE TEMP TABLE metrics AS
WITH each AS (
    SELECT call, part, unnest(map_entries(TRY_CAST(TRY_CAST(metrics AS JSON) AS MAP(VARCHAR, JSON)))) AS metric FROM calls
), last AS (
    SELECT call, part, metric.key AS name,
        CASE json_type(metric.value) WHEN 'ARRAY' THEN metric.value->>'$[#-1]' ELSE metric.value->>'$' END AS value
    FROM each
), numbers AS (
    UNPIVOT (
        SELECT call, part, duration_seconds, agent_duration_seconds, num_turns, num_silences, num_ood, score FROM calls
    ) ON duration_seconds, agent_duration_seconds, num_turns, num_silences, num_ood, score INTO NAME name VALUE number
)
SELECT * REPLACE (CASE WHEN isfinite(number) THEN number END AS number)
FROM (SELECT *, TRY_CAST(value AS DOUBLE) AS number FROM last WHERE value IS NOT NULL)
UNION ALL BY NAME SELECT *, CAST(number AS VARCHAR) AS value FROM numbers;

CREATE TEMP MACRO percentile(x, q) AS round(quantile_cont(x, q), 3);
CREATE TEMP MACRO times(x) AS count(*) FILTER (x);
CREATE TEMP MACRO average(x) AS round(avg(x), 3);
-- Days and hours follow each other; all else is in the order of its size. The row of all is the one without a part.
CREATE TEMP MACRO place(part) AS CASE WHEN getvariable('grouping') IN ('day', 'hour') THEN nullif(part, '-') END;

CREATE TEMP VIEW facts AS
SELECT count(*) AS conversations,
    strftime(min(started_at), '%Y-%m-%d %H:%M') AS first_started_at,
    strftime(max(started_at), '%Y-%m-%d %H:%M') AS last_started_at,
    (
        SELECT string_agg(format('{} {:,}', environment, number), ', ' ORDER BY number DESC, environment)
        FROM (SELECT environment, count(*) AS number FROM calls WHERE environment IS NOT NULL GROUP BY environment)
    ) AS environments,
    coalesce(sum(turns), 0)::BIGINT AS turns,
    times(handoff) AS handoffs,
    times(silent OR early) AS hangups,
    times(in_progress) AS in_progress,
    times(hidden) AS hidden_transcripts,
    times(started_at IS NULL) AS without_start,
    coalesce(sum(copies - 1), 0)::BIGINT AS duplicates,
    coalesce(bool_or(turns_known), false) AS turns_known
FROM calls;

CREATE TEMP VIEW volumes AS
SELECT part, count(*) AS conversations,
    times(handoff) AS handoffs, round(times(handoff) / count(*), 4) AS handoff_share,
    times(silent OR early) AS hangups, round(times(silent OR early) / count(*), 4) AS hangup_share,
    times(hidden) AS hidden
FROM calls GROUP BY ROLLUP (part) ORDER BY place(part), count(*) DESC, part;

CREATE TEMP VIEW duration AS
SELECT part, count(duration_seconds) AS conversations, average(duration_seconds) AS average,
    percentile(duration_seconds, 0.5) AS p50, percentile(duration_seconds, 0.95) AS p95,
    percentile(duration_seconds, 0.99) AS p99
FROM calls GROUP BY ROLLUP (part) ORDER BY place(part), count(*) DESC, part;

CREATE TEMP VIEW latency AS
SELECT part, count(*) AS turns, average(wait) AS average,
    percentile(wait, 0.5) AS p50, percentile(wait, 0.95) AS p95, percentile(wait, 0.99) AS p99
FROM (SELECT part, unnest(latencies) AS wait FROM calls) GROUP BY ROLLUP (part) ORDER BY place(part), count(*) DESC, part;

CREATE TEMP VIEW handoffs AS
SELECT coalesce(nullif(trim(handoff_reason), ''), '-') AS reason, count(*) AS conversations,
    round(count(*) / sum(count(*)) OVER (), 4) AS share
FROM calls WHERE handoff GROUP BY ALL ORDER BY conversations DESC, reason;

CREATE TEMP VIEW hangups AS
SELECT CASE WHEN silent THEN 'the caller said nothing' ELSE 'left in the first two turns' END AS kind,
    count(*) AS conversations, round(count(*) / sum(count(*)) OVER (), 4) AS share
FROM calls WHERE silent OR early GROUP BY ALL ORDER BY conversations DESC, kind;

CREATE TEMP VIEW overview AS
SELECT name AS metric, count(*) AS conversations, average(number) AS average,
    percentile(number, 0.5) AS p50, percentile(number, 0.95) AS p95,
    CASE WHEN bool_or(number IS NULL) THEN mode(value) END AS most_frequent
FROM metrics GROUP BY name ORDER BY name;

CREATE TEMP VIEW numbers AS
SELECT part, count(*) AS conversations, average(number) AS average,
    percentile(number, 0.5) AS p50, percentile(number, 0.95) AS p95
FROM metrics WHERE name = getvariable('metric') GROUP BY ROLLUP (part) ORDER BY place(part), count(*) DESC, part;

CREATE TEMP VIEW texts AS
WITH wanted AS (FROM metrics WHERE name = getvariable('metric')),
chosen AS (
    SELECT value AS chosen FROM wanted GROUP BY value ORDER BY count(*) DESC, value LIMIT getvariable('most_values')
)
SELECT part, value, conversations, round(conversations / total, 4) AS share
FROM (
    SELECT part, coalesce(chosen, '(others)') AS value, count(*) AS conversations,
        sum(conversations) OVER (PARTITION BY part) AS total
    FROM wanted LEFT JOIN chosen ON value = chosen GROUP BY part, chosen
)
ORDER BY place(part), total DESC, part, conversations DESC, value;
