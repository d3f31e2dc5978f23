-- What the projector makes of sealed records: a table by type, and how far it has got.
-- Each row has its number, its session (the data key's id), the corrected time and how well that is known.

CREATE TABLE projection (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    done int8multirange NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, node, epoch),
    FOREIGN KEY (tenant, node, epoch) REFERENCES outbox ON DELETE CASCADE
);
SELECT prilavok_protect('projection');
GRANT SELECT, INSERT, UPDATE ON projection TO prilavok_projector;
GRANT SELECT ON projection TO prilavok_app;

-- Records whose session's key has not come yet.
CREATE TABLE record_waiting (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    data_key bytea NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);
CREATE INDEX record_waiting_data_key ON record_waiting (tenant, node, data_key);
SELECT prilavok_protect('record_waiting');
GRANT SELECT, INSERT, DELETE ON record_waiting TO prilavok_projector;
GRANT SELECT, DELETE ON record_waiting TO prilavok_app;

CREATE TABLE chat_turn (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    market text NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    clock text NOT NULL CHECK (clock IN ('clock', 'boot', 'bound')),
    boot text NOT NULL,
    mono_ms bigint NOT NULL,
    received_at timestamptz NOT NULL,
    answer text NOT NULL,
    turn bigint NOT NULL,
    question text NOT NULL,
    language text NOT NULL,
    intent text NOT NULL,
    found text NOT NULL,
    mode text NOT NULL,
    total bigint NOT NULL,
    categories text[] NOT NULL,
    cards text[] NOT NULL,
    rest jsonb NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);
COMMENT ON COLUMN chat_turn.rest IS 'filters, near, relaxed, replaced, flags, tokens, timings_ms, versions';

CREATE TABLE feedback (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    market text NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    clock text NOT NULL CHECK (clock IN ('clock', 'boot', 'bound')),
    boot text NOT NULL,
    mono_ms bigint NOT NULL,
    received_at timestamptz NOT NULL,
    answer text NOT NULL,
    score smallint NOT NULL,
    reason text NOT NULL,
    mode text NOT NULL,
    intent text NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);

CREATE TABLE receipt (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    market text NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    clock text NOT NULL CHECK (clock IN ('clock', 'boot', 'bound')),
    boot text NOT NULL,
    mono_ms bigint NOT NULL,
    received_at timestamptz NOT NULL,
    command text NOT NULL,
    outcome text NOT NULL,
    code text NOT NULL,
    counts jsonb NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);
CREATE INDEX receipt_command ON receipt (tenant, command);

-- The contact stays as it came: sealed to the tenant's lead key.
CREATE TABLE lead (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    market text NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    clock text NOT NULL CHECK (clock IN ('clock', 'boot', 'bound')),
    boot text NOT NULL,
    mono_ms bigint NOT NULL,
    received_at timestamptz NOT NULL,
    id text NOT NULL,
    provider text NOT NULL,
    key text NOT NULL,
    enc bytea NOT NULL,
    sealed bytea NOT NULL,
    language text NOT NULL,
    consent text NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);
CREATE INDEX lead_id ON lead (tenant, id);

CREATE TABLE health_report (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    market text NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    clock text NOT NULL CHECK (clock IN ('clock', 'boot', 'bound')),
    boot text NOT NULL,
    mono_ms bigint NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    findings jsonb NOT NULL,
    counters jsonb NOT NULL,
    gauges jsonb NOT NULL,
    versions jsonb NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);

CREATE TABLE support_part (
    tenant text NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    market text NOT NULL,
    session bytea NOT NULL,
    at timestamptz NOT NULL,
    clock text NOT NULL CHECK (clock IN ('clock', 'boot', 'bound')),
    boot text NOT NULL,
    mono_ms bigint NOT NULL,
    received_at timestamptz NOT NULL,
    command text NOT NULL,
    part int NOT NULL,
    parts int NOT NULL,
    data bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (tenant, node, epoch, seq)
);
CREATE INDEX support_part_command ON support_part (tenant, command, part);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['chat_turn', 'feedback', 'receipt', 'lead', 'health_report', 'support_part'] LOOP
        PERFORM prilavok_protect(name::regclass);
        EXECUTE format('CREATE INDEX %I ON %I (tenant, session)', name || '_session', name);
        EXECUTE format('CREATE INDEX %I ON %I (tenant, at)', name || '_at', name);
        EXECUTE format('CREATE INDEX %I ON %I (tenant, node, boot) WHERE clock = ''bound''', name || '_bound', name);
        EXECUTE format('GRANT SELECT, DELETE ON %I TO prilavok_app', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE (at, clock) ON %I TO prilavok_projector', name);
    END LOOP;
END
$$;
GRANT SELECT ON lead TO prilavok_delivery;

-- Erases a session of the transaction's tenant, and says how many rows of each table went. The key goes first: that
-- waits for a projector that is reading it, whose rows the later steps then see.
CREATE FUNCTION prilavok_forget_session(forgotten bytea) RETURNS TABLE (what text, rows bigint)
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    owner text := prilavok_tenant();
    name text;
BEGIN
    INSERT INTO erased_session (tenant, data_key) VALUES (owner, forgotten) ON CONFLICT DO NOTHING;
    FOREACH name IN ARRAY ARRAY['session_key', 'record_waiting'] LOOP
        EXECUTE format('DELETE FROM %I WHERE tenant = $1 AND data_key = $2', name) USING owner, forgotten;
        GET DIAGNOSTICS rows = ROW_COUNT;
        what := name;
        RETURN NEXT;
    END LOOP;
    FOREACH name IN ARRAY ARRAY['chat_turn', 'feedback', 'receipt', 'lead', 'health_report', 'support_part'] LOOP
        EXECUTE format('DELETE FROM %I WHERE tenant = $1 AND session = $2', name) USING owner, forgotten;
        GET DIAGNOSTICS rows = ROW_COUNT;
        what := name;
        RETURN NEXT;
    END LOOP;
END
$$;
REVOKE ALL ON FUNCTION prilavok_forget_session(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prilavok_forget_session(bytea) TO prilavok_app;
