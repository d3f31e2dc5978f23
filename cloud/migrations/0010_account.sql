-- Operators, their tokens, the audit log, answers to repeated requests. The owner '@hub' is the hub itself.

CREATE TABLE operator (
    tenant text NOT NULL CHECK (tenant = '@hub' OR tenant ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    operator text NOT NULL CHECK (operator ~ '^[a-z0-9][a-z0-9._@+-]{0,99}$'),
    role text NOT NULL CHECK (role IN ('analyst', 'operator', 'admin')),
    password text,
    enabled boolean NOT NULL DEFAULT true,
    revision int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, operator),
    CHECK (tenant <> '@hub' OR role = 'admin')
);
SELECT prilavok_protect('operator');
GRANT SELECT, INSERT, UPDATE ON operator TO prilavok_app;

-- digest: of the token's secret (cloud.account.token); the token itself is nowhere.
CREATE TABLE api_token (
    tenant text NOT NULL,
    id text NOT NULL CHECK (id ~ '^[0-9a-f]{16}$'),
    operator text NOT NULL,
    role text NOT NULL CHECK (role IN ('analyst', 'operator', 'admin')),
    title text NOT NULL DEFAULT '' CHECK (length(title) <= 200),
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    used_at timestamptz,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, digest),
    FOREIGN KEY (tenant, operator) REFERENCES operator
);
SELECT prilavok_protect('api_token');
GRANT SELECT, INSERT, UPDATE (revoked_at, used_at), DELETE ON api_token TO prilavok_app;

-- Failed logins, by a bucket that several names may share: 65,536 a tenant, however many names are tried.
CREATE TABLE login_failure (
    tenant text NOT NULL,
    bucket int NOT NULL CHECK (bucket BETWEEN 0 AND 65535),
    failures int NOT NULL,
    wait_until timestamptz NOT NULL,
    PRIMARY KEY (tenant, bucket)
);
SELECT prilavok_protect('login_failure');
GRANT SELECT, INSERT, UPDATE, DELETE ON login_failure TO prilavok_app;

-- Append only: nobody in service has the right to change or delete a line.
CREATE TABLE audit (
    tenant text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    before jsonb,
    after jsonb,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_subject ON audit (tenant, subject, id);
SELECT prilavok_protect('audit');
GRANT SELECT, INSERT ON audit TO prilavok_app;

-- Which request with an Idempotency-Key made what; the answer is told anew from what was made, so no secret is kept.
CREATE TABLE repeated (
    tenant text NOT NULL,
    key_digest text NOT NULL,
    request_digest text NOT NULL,
    subject text,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, key_digest)
);
CREATE INDEX repeated_at ON repeated (tenant, at);
SELECT prilavok_protect('repeated');
GRANT SELECT, INSERT, UPDATE (subject), DELETE ON repeated TO prilavok_app;
