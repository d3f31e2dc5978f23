-- What ingest stores: outboxes and their settled numbers, sealed records by month, sealed session keys apart
-- from them, and what could not be taken as it came. Nothing here can be read without a log key.

-- One life of a node's outbox. settled: numbers that are stored or will never come; the guard against
-- duplicates, for a table that is partitioned by time can have no unique key without the time. lost: numbers
-- that the hub acknowledged once and has no more, since it was put back from a copy.
CREATE TABLE outbox (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL CHECK (epoch ~ '^[0-9a-f]{16}$'),
    settled int8multirange NOT NULL DEFAULT '{}',
    lost int8multirange NOT NULL DEFAULT '{}',
    dropped jsonb NOT NULL DEFAULT '{}',
    began_at timestamptz NOT NULL DEFAULT now(),
    heard_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, node, epoch),
    FOREIGN KEY (tenant, node) REFERENCES node
);
SELECT prilavok_protect('outbox');
GRANT SELECT, INSERT, UPDATE ON outbox TO prilavok_ingest;
GRANT SELECT ON outbox TO prilavok_app, prilavok_projector;

-- Sealed records as they came. The key frames are in session_key.
CREATE TABLE raw_record (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    stored_at timestamptz NOT NULL,
    cls text NOT NULL,
    data_key bytea NOT NULL,
    log_key text NOT NULL,
    frame bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq, stored_at)
) PARTITION BY RANGE (stored_at);
SELECT prilavok_protect('raw_record');
GRANT SELECT, INSERT ON raw_record TO prilavok_ingest;
GRANT SELECT ON raw_record TO prilavok_projector;
GRANT SELECT (tenant, node, epoch, seq, stored_at, cls, data_key, log_key) ON raw_record TO prilavok_app;

-- Makes the partition of the month that a moment is in, as its owner; no role has rights on it directly.
CREATE FUNCTION prilavok_raw_month(moment timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first timestamptz := date_trunc('month', moment, 'UTC');
    name text := 'raw_record_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(hashtext('prilavok_raw_month'));
    IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE %I PARTITION OF raw_record FOR VALUES FROM (%L) TO (%L)',
        name, first, date_add(first, interval '1 month', 'UTC'));
    PERFORM prilavok_protect(name::regclass);
END
$$;
REVOKE ALL ON FUNCTION prilavok_raw_month(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prilavok_raw_month(timestamptz) TO prilavok_ingest;

-- The frame that leads to a session's records. Destroying the row erases the session from every record.
CREATE TABLE session_key (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    stored_at timestamptz NOT NULL,
    data_key bytea NOT NULL,
    log_key text NOT NULL,
    frame bytea NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);
CREATE INDEX session_key_data_key ON session_key (tenant, data_key);
SELECT prilavok_protect('session_key');
GRANT SELECT, INSERT ON session_key TO prilavok_ingest;
-- UPDATE of one column, so that the projector may lock the row against an erasure.
GRANT SELECT, DELETE, UPDATE (log_key) ON session_key TO prilavok_projector;
GRANT SELECT (tenant, node, epoch, seq, stored_at, data_key), DELETE ON session_key TO prilavok_app;

-- Sessions that were erased: a key of theirs that comes again is not stored.
CREATE TABLE erased_session (
    tenant text NOT NULL REFERENCES tenant,
    data_key bytea NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, data_key)
);
SELECT prilavok_protect('erased_session');
GRANT SELECT, INSERT ON erased_session TO prilavok_app;
GRANT SELECT ON erased_session TO prilavok_ingest, prilavok_projector;

-- A second content under a number that is taken: a copied card, or an outbox put back from a copy.
CREATE TABLE raw_twin (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    digest bytea NOT NULL,
    frame bytea STORAGE EXTERNAL NOT NULL,
    stored_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq, digest)
);
SELECT prilavok_protect('raw_twin');
GRANT SELECT, INSERT ON raw_twin TO prilavok_ingest;
GRANT SELECT (tenant, node, epoch, seq, digest, stored_at) ON raw_twin TO prilavok_app;

-- What cannot be used, and why. frame: as it came, where it is not in raw_record.
CREATE TABLE quarantine (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    stage text NOT NULL CHECK (stage IN ('ingest', 'projector')),
    code text NOT NULL,
    reason text NOT NULL,
    frame bytea STORAGE EXTERNAL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);
SELECT prilavok_protect('quarantine');
GRANT SELECT, INSERT ON quarantine TO prilavok_ingest;
GRANT SELECT, INSERT, DELETE ON quarantine TO prilavok_projector;
GRANT SELECT (tenant, node, epoch, seq, stage, code, reason, at) ON quarantine TO prilavok_app;

-- Messages that were not taken, counted by why. node: "" where the tenant has no such node.
CREATE TABLE ingest_refusal (
    tenant text NOT NULL REFERENCES tenant,
    node text NOT NULL,
    code text NOT NULL,
    count bigint NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, node, code)
);
SELECT prilavok_protect('ingest_refusal');
GRANT SELECT, INSERT, UPDATE ON ingest_refusal TO prilavok_ingest;
GRANT SELECT ON ingest_refusal TO prilavok_app;

-- What an operator should know: 'restored' (the hub lost what it had acknowledged), 'cloned', 'twin'.
CREATE TABLE ingest_event (
    tenant text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    node text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('restored', 'cloned', 'twin')),
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, id)
);
SELECT prilavok_protect('ingest_event');
GRANT INSERT, SELECT ON ingest_event TO prilavok_ingest;
GRANT SELECT ON ingest_event TO prilavok_app;

-- Which boots of a node were heard (sync/twin), and a moment of each boot whose time is known (sync/clock).
ALTER TABLE node_presence DROP COLUMN boots;
CREATE TABLE node_boots (
    tenant text NOT NULL,
    node text NOT NULL,
    boots bytea NOT NULL,
    PRIMARY KEY (tenant, node),
    FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE
);
SELECT prilavok_protect('node_boots');
GRANT SELECT, INSERT, UPDATE ON node_boots TO prilavok_ingest;

CREATE TABLE boot_anchor (
    tenant text NOT NULL,
    node text NOT NULL,
    boot text NOT NULL,
    mono_ms bigint NOT NULL,
    at_ms bigint NOT NULL,
    PRIMARY KEY (tenant, node, boot)
);
SELECT prilavok_protect('boot_anchor');
GRANT SELECT, INSERT, UPDATE ON boot_anchor TO prilavok_ingest, prilavok_projector;

-- Every key that a node ever signed with: the projector may be behind when one is replaced.
CREATE TABLE node_key (
    tenant text NOT NULL,
    node text NOT NULL,
    sign_key bytea NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, node, sign_key),
    FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE
);
SELECT prilavok_protect('node_key');
GRANT SELECT, INSERT ON node_key TO prilavok_app;
GRANT SELECT ON node_key TO prilavok_projector;

CREATE FUNCTION prilavok_note_node_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO node_key (tenant, node, sign_key) VALUES (NEW.tenant, NEW.node, NEW.sign_key)
        ON CONFLICT DO NOTHING;
    RETURN NEW;
END
$$;
CREATE TRIGGER note_node_key AFTER INSERT OR UPDATE OF sign_key ON node
    FOR EACH ROW WHEN (NEW.sign_key IS NOT NULL) EXECUTE FUNCTION prilavok_note_node_key();
