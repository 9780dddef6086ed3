-- The tenants' passages, and who may do what with them. Run once, in a database of its own, by its
-- owner, who also writes the passages.

CREATE SCHEMA library;

CREATE TABLE library.passages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- As the data grant names it: APP#<app>#TENANT#<tenant>.
    tenant text NOT NULL CHECK (tenant LIKE 'APP#_%#TENANT#_%'),
    title text NOT NULL,
    text text NOT NULL,
    words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || text)) STORED
);

-- Not on the words: row-level security looks at the tenant first, and `@@` might tell of other rows.
CREATE INDEX ON library.passages (tenant);

-- Whoever reads is one of these. Each is made by Vault for one turn, and owns nothing.
CREATE ROLE library_reader NOLOGIN;
GRANT USAGE ON SCHEMA library TO library_reader;
GRANT SELECT ON library.passages TO library_reader;

ALTER TABLE library.passages ENABLE ROW LEVEL SECURITY;
-- A session that names no tenant sees nothing.
CREATE POLICY of_one_tenant ON library.passages FOR SELECT TO library_reader
    USING (tenant = current_setting('app.tenant', true));

-- Vault's own user: it makes readers and ends them, with their sessions. Give it a password, and
-- have Vault change it at once: vault write -f gatehouse-database/rotate-root/library
CREATE ROLE library_vault LOGIN CREATEROLE;
GRANT library_reader TO library_vault WITH ADMIN OPTION;
GRANT pg_signal_backend TO library_vault;
