-- Each market's catalogue: a draft over what is published, every version that was, and the blobs that nodes fetch.

-- version: the last one published, 0 before the first. document: the market's document, canonical JSON.
-- serial: of the head last signed; head: its message. head_sent_at: when the broker confirmed that message.
-- draft_revision grows with every change of the draft.
CREATE TABLE catalog (
    tenant text NOT NULL,
    market text NOT NULL,
    version bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    content text CHECK (content ~ '^[0-9a-f]{64}$'),
    document text NOT NULL,
    draft_document text,
    draft_revision bigint NOT NULL DEFAULT 0,
    serial bigint NOT NULL DEFAULT 0,
    head bytea STORAGE EXTERNAL,
    head_version bigint,
    head_keys bigint,
    head_issued_at timestamptz,
    head_expires_at timestamptz,
    head_sent_at timestamptz,
    PRIMARY KEY (tenant, market),
    FOREIGN KEY (tenant, market) REFERENCES market
);
SELECT prilavok_protect('catalog');
GRANT SELECT, INSERT, UPDATE ON catalog TO prilavok_app;

-- Who published what, and how far its blobs have come: built, then announced by a head.
CREATE TABLE catalog_version (
    tenant text NOT NULL,
    market text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    kind text NOT NULL CHECK (kind IN ('publish', 'rollback', 'restore')),
    source bigint,
    content text NOT NULL CHECK (content ~ '^[0-9a-f]{64}$'),
    document text NOT NULL,
    providers int NOT NULL,
    added int NOT NULL,
    changed int NOT NULL,
    deleted int NOT NULL,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    published_by text NOT NULL,
    published_at timestamptz NOT NULL,
    model text,
    built_at timestamptz,
    sent_at timestamptz,
    PRIMARY KEY (tenant, market, version),
    FOREIGN KEY (tenant, market) REFERENCES catalog
);
SELECT prilavok_protect('catalog_version');
GRANT SELECT, INSERT, UPDATE (model, built_at, sent_at) ON catalog_version TO prilavok_app;

-- A provider's line, canonical JSON, and the versions it holds in: from first_version until before until_version.
-- passage: digest of the text that is embedded of it, once that is known.
CREATE TABLE catalog_line (
    tenant text NOT NULL,
    market text NOT NULL,
    id text COLLATE "C" NOT NULL,
    first_version bigint NOT NULL,
    until_version bigint CHECK (until_version > first_version),
    digest bytea NOT NULL CHECK (length(digest) = 16),
    line text NOT NULL,
    passage bytea CHECK (length(passage) = 16),
    PRIMARY KEY (tenant, market, id, first_version),
    FOREIGN KEY (tenant, market) REFERENCES catalog
);
CREATE UNIQUE INDEX catalog_line_now ON catalog_line (tenant, market, id) WHERE until_version IS NULL;
CREATE INDEX catalog_line_first ON catalog_line (tenant, market, first_version);
CREATE INDEX catalog_line_until ON catalog_line (tenant, market, until_version);
SELECT prilavok_protect('catalog_line');
GRANT SELECT, INSERT, UPDATE (until_version, passage) ON catalog_line TO prilavok_app;

-- Where the draft differs from what is published. No line: the provider is to go.
CREATE TABLE catalog_draft (
    tenant text NOT NULL,
    market text NOT NULL,
    id text COLLATE "C" NOT NULL,
    digest bytea CHECK (length(digest) = 16),
    line text,
    edited_by text NOT NULL,
    edited_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, market, id),
    FOREIGN KEY (tenant, market) REFERENCES catalog,
    CHECK ((digest IS NULL) = (line IS NULL))
);
SELECT prilavok_protect('catalog_draft');
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog_draft TO prilavok_app;

-- What a model made of a text, a signed byte a dimension; shared by all lines and markets that have the text.
CREATE TABLE catalog_vector (
    tenant text NOT NULL REFERENCES tenant,
    model text NOT NULL,
    passage bytea NOT NULL CHECK (length(passage) = 16),
    vector bytea NOT NULL CHECK (length(vector) BETWEEN 1 AND 4096),
    PRIMARY KEY (tenant, model, passage)
);
SELECT prilavok_protect('catalog_vector');
GRANT SELECT, INSERT, DELETE ON catalog_vector TO prilavok_app;

-- A blob in pieces (sync/blob), piece 0 its index. digest: null while it is built. sent_at: when the broker had
-- confirmed all pieces. retired_at: when no head named it any more; some time later it is cleared from the broker.
CREATE TABLE catalog_blob (
    tenant text NOT NULL,
    market text NOT NULL,
    blob bigint GENERATED ALWAYS AS IDENTITY,
    digest text CHECK (digest ~ '^[0-9a-f]{64}$'),
    size bigint,
    unpacked bigint,
    pieces int,
    made_at timestamptz NOT NULL,
    sent_at timestamptz,
    retired_at timestamptz,
    cleared_at timestamptz,
    PRIMARY KEY (tenant, blob),
    FOREIGN KEY (tenant, market) REFERENCES catalog,
    CHECK ((digest IS NULL) = (size IS NULL) AND (digest IS NULL) = (unpacked IS NULL)
        AND (digest IS NULL) = (pieces IS NULL))
);
CREATE INDEX catalog_blob_market ON catalog_blob (tenant, market);
SELECT prilavok_protect('catalog_blob');
GRANT SELECT, INSERT, UPDATE, DELETE ON catalog_blob TO prilavok_app;

CREATE TABLE catalog_piece (
    tenant text NOT NULL,
    blob bigint NOT NULL,
    piece int NOT NULL CHECK (piece >= 0),
    data bytea STORAGE EXTERNAL NOT NULL,
    PRIMARY KEY (tenant, blob, piece),
    FOREIGN KEY (tenant, blob) REFERENCES catalog_blob ON DELETE CASCADE
);
SELECT prilavok_protect('catalog_piece');
GRANT SELECT, INSERT, DELETE ON catalog_piece TO prilavok_app;

-- What a blob does: from_version 0 is a snapshot, else a delta from one version to another.
CREATE TABLE catalog_step (
    tenant text NOT NULL,
    market text NOT NULL,
    from_version bigint NOT NULL CHECK (from_version >= 0),
    to_version bigint NOT NULL CHECK (to_version > from_version),
    before text,
    after text NOT NULL,
    blob bigint NOT NULL,
    PRIMARY KEY (tenant, market, from_version, to_version),
    FOREIGN KEY (tenant, market) REFERENCES catalog,
    FOREIGN KEY (tenant, blob) REFERENCES catalog_blob,
    CHECK ((from_version = 0) = (before IS NULL))
);
CREATE INDEX catalog_step_blob ON catalog_step (tenant, blob);
SELECT prilavok_protect('catalog_step');
GRANT SELECT, INSERT, DELETE ON catalog_step TO prilavok_app;
