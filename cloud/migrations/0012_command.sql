-- Commands to nodes, and the settings that nodes are to have.

-- message: signed, as it is published again and again until a receipt comes or it expires.
-- next_at: when it is due to be published; null: not again. cause: who or what asked for it.
CREATE TABLE command (
    tenant text NOT NULL,
    id text NOT NULL CHECK (id ~ '^[0-9a-f]{16}$'),
    node text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('settings', 'erase', 'update', 'support', 'revoke')),
    action jsonb NOT NULL,
    message bytea NOT NULL,
    cause text NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sent', 'done', 'failed', 'refused', 'expired', 'superseded')),
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    next_at timestamptz,
    tries int NOT NULL DEFAULT 0,
    sent_at timestamptz,
    ended_at timestamptz,
    code text NOT NULL DEFAULT '',
    counts jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE
);
CREATE INDEX command_node ON command (tenant, node, issued_at);
CREATE INDEX command_open ON command (tenant, next_at) WHERE ended_at IS NULL;
SELECT prilavok_protect('command');
GRANT SELECT, INSERT, UPDATE ON command TO prilavok_app;

-- Whole, by version; a node says in its status which version it runs.
CREATE TABLE node_settings (
    tenant text NOT NULL,
    node text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    settings jsonb NOT NULL,
    set_at timestamptz NOT NULL,
    set_by text NOT NULL,
    PRIMARY KEY (tenant, node),
    FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE
);
SELECT prilavok_protect('node_settings');
GRANT SELECT, INSERT, UPDATE ON node_settings TO prilavok_app;
