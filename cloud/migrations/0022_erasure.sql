-- Erasures of sessions: what the hub destroyed, and which nodes were told to.

-- One a session. counts: rows that went, by table, over all times it was asked for.
CREATE TABLE erasure (
    tenant text NOT NULL REFERENCES tenant,
    session bytea NOT NULL CHECK (length(session) = 10),
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    times int NOT NULL DEFAULT 1,
    counts jsonb NOT NULL DEFAULT '{}',
    delivered jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant, session)
);
COMMENT ON COLUMN erasure.delivered IS 'requests that a channel had taken before: [{lead, channel}]';
CREATE INDEX erasure_asked ON erasure (tenant, asked_at, session);
SELECT prilavok_protect('erasure');
GRANT SELECT, INSERT, UPDATE (last_at, times, counts, delivered) ON erasure TO prilavok_app;

-- Nodes that may hold something of it. command: the last one that it was told by; null: it has too many open.
CREATE TABLE erasure_node (
    tenant text NOT NULL,
    session bytea NOT NULL,
    node text NOT NULL,
    command text,
    PRIMARY KEY (tenant, session, node),
    FOREIGN KEY (tenant, session) REFERENCES erasure,
    FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE,
    FOREIGN KEY (tenant, command) REFERENCES command
);
SELECT prilavok_protect('erasure_node');
GRANT SELECT, INSERT, UPDATE (command) ON erasure_node TO prilavok_app;

-- Frames that came a second time, or could not be used, lie whole in these tables; one of them may bring the session's
-- key. Runs as the owner, for nobody in service reads such frames; row-level security holds for the owner, too.
CREATE FUNCTION prilavok_forget_frames(forgotten bytea) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone bigint;
    more bigint;
BEGIN
    DELETE FROM raw_twin WHERE tenant = prilavok_tenant() AND position(forgotten IN frame) > 0;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM quarantine WHERE tenant = prilavok_tenant() AND position(forgotten IN frame) > 0;
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN gone + more;
END
$$;
REVOKE ALL ON FUNCTION prilavok_forget_frames(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prilavok_forget_frames(bytea) TO prilavok_app;
