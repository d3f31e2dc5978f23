-- Changes taken to many nodes in stages. change: settings or an update; plan: stages and bounds (cloud.fleet.rollout).
CREATE TABLE rollout (
    tenant text NOT NULL REFERENCES tenant,
    id text NOT NULL CHECK (id ~ '^[0-9a-f]{16}$'),
    title text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    market text,
    tag text,
    change jsonb NOT NULL,
    plan jsonb NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'stopped', 'done', 'cancelled')),
    stage int NOT NULL DEFAULT 0,
    reason text NOT NULL DEFAULT '',
    revision int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX rollout_running ON rollout (tenant) WHERE state = 'running';
SELECT prilavok_protect('rollout');
GRANT SELECT, INSERT, UPDATE ON rollout TO prilavok_app;

-- before: the settings that the change replaced, to put them back. was_failing: it failed before it was sent anything.
CREATE TABLE rollout_node (
    tenant text NOT NULL,
    rollout text NOT NULL,
    node text NOT NULL,
    command text NOT NULL,
    sent_at timestamptz NOT NULL,
    before jsonb NOT NULL DEFAULT '{}',
    was_failing boolean NOT NULL,
    was_online boolean NOT NULL,
    outcome text NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'good', 'failed', 'silent')),
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant, rollout, node),
    FOREIGN KEY (tenant, rollout) REFERENCES rollout,
    FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE
);
SELECT prilavok_protect('rollout_node');
GRANT SELECT, INSERT, UPDATE (outcome, since) ON rollout_node TO prilavok_app;
