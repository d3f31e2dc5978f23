-- What the fleet keeps of tenants, markets and nodes beyond their names.

ALTER TABLE tenant ADD COLUMN revision int NOT NULL DEFAULT 1;
ALTER TABLE market ADD COLUMN revision int NOT NULL DEFAULT 1;
GRANT UPDATE (revision) ON tenant TO prilavok_app;

-- account: counts the node's accounts at the broker; each has a password of its own (cloud.fleet.broker.account).
-- broker_account: the account that the broker was last heard to have; null: none.
-- joined_at: when the keys in force came.
ALTER TABLE node
    ADD COLUMN title text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    ADD COLUMN revision int NOT NULL DEFAULT 1,
    ADD COLUMN account int NOT NULL DEFAULT 1,
    ADD COLUMN broker_account int,
    ADD COLUMN joined_at timestamptz;
CREATE INDEX node_market ON node (tenant, market, node);

-- Every signing key that a node ever had: records that were signed with an old one are still to be opened.
DO $$
BEGIN
    IF to_regclass('node_key') IS NOT NULL THEN RETURN; END IF;
    CREATE TABLE node_key (
        tenant text NOT NULL,
        node text NOT NULL,
        sign_key bytea NOT NULL,
        since timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, node, sign_key),
        FOREIGN KEY (tenant, node) REFERENCES node ON DELETE CASCADE
    );
    PERFORM prilavok_protect('node_key');
    GRANT SELECT, INSERT ON node_key TO prilavok_app;
    GRANT SELECT ON node_key TO prilavok_projector;
END
$$;
