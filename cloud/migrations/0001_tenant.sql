-- Tenants, markets and nodes, and the means by which every table of a tenant's is closed to the others.
-- Runs as prilavok_owner. Service roles: prilavok_app, prilavok_ingest, prilavok_projector, prilavok_delivery.

-- The tenant of this transaction; none set: null, which equals nothing.
CREATE FUNCTION prilavok_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('prilavok.tenant', true), '');

-- Whether this transaction may list tenants (names and titles, no more: only the table tenant asks).
CREATE FUNCTION prilavok_directory() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('prilavok.directory', true), '') = 'on';

-- Closes a table that has a column "tenant": also its owner sees the set tenant's rows only.
CREATE FUNCTION prilavok_protect(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %s USING (tenant = prilavok_tenant()) WITH CHECK (tenant = prilavok_tenant())',
        target
    );
END
$$;
REVOKE ALL ON FUNCTION prilavok_protect(regclass) FROM PUBLIC;

CREATE TABLE tenant (
    tenant text PRIMARY KEY CHECK (tenant ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    title text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant USING (tenant = prilavok_tenant()) WITH CHECK (tenant = prilavok_tenant());
CREATE POLICY directory ON tenant FOR SELECT USING (prilavok_directory());
GRANT SELECT, INSERT, UPDATE (title) ON tenant TO prilavok_app;
GRANT SELECT ON tenant TO prilavok_ingest, prilavok_projector, prilavok_delivery;

CREATE TABLE market (
    tenant text NOT NULL REFERENCES tenant,
    market text NOT NULL CHECK (market ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    title text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, market)
);
SELECT prilavok_protect('market');
GRANT SELECT, INSERT, UPDATE, DELETE ON market TO prilavok_app;

-- sign_key and seal_key: what the node made, 32 bytes each, from its enrolment. token_digest: of the one-time
-- token in its provisioning file (sync.provisioning.token_digest); used_at: when an enrolment used it.
CREATE TABLE node (
    tenant text NOT NULL,
    node text NOT NULL CHECK (node ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    market text NOT NULL,
    state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'accepted', 'rejected', 'revoked', 'quarantined')),
    state_reason text NOT NULL DEFAULT '',
    state_at timestamptz NOT NULL DEFAULT now(),
    auto_accept boolean NOT NULL DEFAULT false,
    tags text[] NOT NULL DEFAULT '{}',
    sign_key bytea CHECK (length(sign_key) = 32),
    seal_key bytea CHECK (length(seal_key) = 32),
    token_digest text,
    token_expires_at timestamptz,
    token_used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, node),
    FOREIGN KEY (tenant, market) REFERENCES market
);
SELECT prilavok_protect('node');
GRANT SELECT, INSERT, UPDATE, DELETE ON node TO prilavok_app;
GRANT SELECT, UPDATE (state, state_reason, state_at) ON node TO prilavok_ingest;
GRANT SELECT (tenant, node, market, state, sign_key) ON node TO prilavok_projector;

-- What a node last said of itself (sync/status) and what the hub saw of its boots (sync/twin). Ingest writes.
CREATE TABLE node_presence (
    tenant text NOT NULL,
    node text NOT NULL,
    online boolean NOT NULL,
    seen_at timestamptz NOT NULL,
    status jsonb NOT NULL,
    boots bytea,
    PRIMARY KEY (tenant, node),
    FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE
);
SELECT prilavok_protect('node_presence');
GRANT SELECT ON node_presence TO prilavok_app;
GRANT SELECT, INSERT, UPDATE ON node_presence TO prilavok_ingest;
