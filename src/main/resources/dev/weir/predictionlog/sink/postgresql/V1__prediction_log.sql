-- What the records of one variant in one snapshot have in common.
CREATE TABLE record_context (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,
    deployment text NOT NULL,
    config_digest text NOT NULL,
    experiment text,
    epoch text,
    variant text NOT NULL,
    role text NOT NULL,
    model text NOT NULL,
    version text NOT NULL,
    manifest_digest text NOT NULL,
    runtime text NOT NULL,
    retention text NOT NULL
);

-- Entries of the logs of all replicas: records of attempts, and gaps, which alone have a gap_reason.
CREATE TABLE entry (
    at timestamptz NOT NULL,
    replica text NOT NULL,
    incarnation bigint NOT NULL,
    segment bigint NOT NULL,
    seq bigint NOT NULL,
    acknowledged boolean NOT NULL,
    deployment text,
    context_id bigint,
    model text,
    version text,
    variant text,
    role text,
    prediction_id uuid,
    request_id text,
    inference_ids text[],
    caller_id text,
    caller_roles text[],
    subject_key text,
    trace_id text,
    span_id text,
    route_reason text,
    bucket integer,
    propensity double precision,
    primary_prediction_id uuid,
    result text,
    code text,
    queue_nanos bigint,
    input_nanos bigint,
    compute_nanos bigint,
    output_nanos bigint,
    row_count integer,
    call_rows integer,
    capture text,
    probability double precision,
    sampled boolean,
    truncated boolean,
    erased boolean,
    payload bytea,
    gap_to timestamptz,
    gap_count bigint,
    gap_reason text,
    PRIMARY KEY (replica, incarnation, seq, at)
) PARTITION BY RANGE (at);

CREATE INDEX entry_prediction_id ON entry (prediction_id) WHERE prediction_id IS NOT NULL;
CREATE INDEX entry_request_id ON entry (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX entry_inference_ids ON entry USING gin (inference_ids) WHERE inference_ids IS NOT NULL;
CREATE INDEX entry_subject_key ON entry (subject_key) WHERE subject_key IS NOT NULL;
CREATE INDEX entry_at ON entry USING brin (at);

-- Up to where the log of each replica is here; changes with the entries, in one transaction.
CREATE TABLE forwarded (
    replica text PRIMARY KEY,
    incarnation bigint NOT NULL,
    segment bigint NOT NULL,
    seq bigint NOT NULL
);

-- How far the log of each replica went, as it signed itself; line is what weir log verify reads.
CREATE TABLE log_checkpoint (
    replica text NOT NULL,
    incarnation bigint NOT NULL,
    segment bigint NOT NULL,
    seq bigint NOT NULL,
    head text NOT NULL,
    at timestamptz NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (replica, incarnation, seq)
);

-- Records as people ask for them.
CREATE VIEW prediction AS
SELECT
    e.at, e.prediction_id, e.request_id, e.inference_ids, e.deployment, c.config_digest, c.experiment, c.epoch,
    e.variant, e.role, e.model, e.version, c.manifest_digest, c.runtime, e.route_reason, e.bucket, e.propensity,
    e.primary_prediction_id, e.caller_id, e.caller_roles, e.subject_key, e.trace_id, e.span_id, e.result, e.code,
    (e.queue_nanos + e.input_nanos + e.compute_nanos + e.output_nanos) / 1e6 AS total_ms,
    e.queue_nanos / 1e6 AS queue_ms, e.compute_nanos / 1e6 AS compute_ms, e.row_count, e.call_rows, e.capture,
    e.probability, e.sampled, e.truncated, e.erased, c.retention, e.acknowledged, e.replica, e.incarnation, e.seq
FROM entry e JOIN record_context c ON c.id = e.context_id
WHERE e.gap_reason IS NULL;
