-- Requests on their way to the tenant: where they are to go, and how far each has come. Contacts stay sealed in "lead".

-- secret: signs webhooks; the interface writes it and cannot read it. networks: addresses inside the hub's own network
-- that this channel may be at. trouble: why the channel was turned off by itself.
CREATE TABLE lead_channel (
    tenant text NOT NULL REFERENCES tenant,
    channel text NOT NULL CHECK (channel ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    kind text NOT NULL CHECK (kind IN ('webhook')),
    market text,
    url text NOT NULL CHECK (length(url) <= 2000),
    secret text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    networks text[] NOT NULL DEFAULT '{}',
    trouble text NOT NULL DEFAULT '',
    revision int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, channel),
    FOREIGN KEY (tenant, market) REFERENCES market
);
SELECT prilavok_protect('lead_channel');
GRANT SELECT (tenant, channel, kind, market, url, enabled, networks, trouble, revision, created_at),
    INSERT, UPDATE, DELETE ON lead_channel TO prilavok_app;
GRANT SELECT, UPDATE (enabled, trouble, revision) ON lead_channel TO prilavok_delivery;

-- One request, however often it came: copies counts that. waiting: no channel takes it yet.
CREATE TABLE lead_case (
    tenant text NOT NULL,
    lead text NOT NULL,
    market text NOT NULL,
    provider text NOT NULL,
    language text NOT NULL,
    session bytea NOT NULL,
    node text NOT NULL,
    epoch text NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'waiting', 'due', 'delivered', 'dead')),
    copies int NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant, lead)
);
CREATE INDEX lead_case_open ON lead_case (tenant, state) WHERE state IN ('new', 'waiting');
CREATE INDEX lead_case_received ON lead_case (tenant, received_at, lead);
CREATE INDEX lead_case_session ON lead_case (tenant, session);
SELECT prilavok_protect('lead_case');
GRANT SELECT, INSERT, UPDATE (copies) ON lead_case TO prilavok_projector;
GRANT SELECT, UPDATE (state) ON lead_case TO prilavok_delivery;
GRANT SELECT, UPDATE (state), DELETE ON lead_case TO prilavok_app;

-- A request on its way to one channel. next_at: when it is tried, or tried again if whoever took it says nothing.
CREATE TABLE lead_delivery (
    tenant text NOT NULL,
    lead text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'dead')),
    tries int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    last_at timestamptz,
    status int,
    code text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, lead, channel),
    FOREIGN KEY (tenant, lead) REFERENCES lead_case ON DELETE CASCADE,
    FOREIGN KEY (tenant, channel) REFERENCES lead_channel ON DELETE CASCADE
);
CREATE INDEX lead_delivery_due ON lead_delivery (tenant, next_at) WHERE state = 'due';
CREATE INDEX lead_delivery_channel ON lead_delivery (tenant, channel);
SELECT prilavok_protect('lead_delivery');
GRANT SELECT, INSERT, UPDATE ON lead_delivery TO prilavok_delivery;
GRANT SELECT, UPDATE (state, tries, next_at), DELETE ON lead_delivery TO prilavok_app;

-- Who the request is for, as the catalogue has it.
GRANT SELECT (tenant, market, id, until_version, line) ON catalog_line TO prilavok_delivery;

-- A request that comes a second time, by another way or another outbox, is the same one.
CREATE FUNCTION prilavok_note_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO lead_case (tenant, lead, market, provider, language, session, node, epoch, seq, at, received_at)
    VALUES (NEW.tenant, NEW.id, NEW.market, NEW.provider, NEW.language, NEW.session, NEW.node, NEW.epoch, NEW.seq,
        NEW.at, NEW.received_at)
    ON CONFLICT (tenant, lead) DO UPDATE SET copies = lead_case.copies + 1;
    PERFORM pg_notify('prilavok_lead', NEW.tenant);
    RETURN NEW;
END
$$;
CREATE TRIGGER note_lead AFTER INSERT ON lead FOR EACH ROW EXECUTE FUNCTION prilavok_note_lead();
