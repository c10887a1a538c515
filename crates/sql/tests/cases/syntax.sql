-- case: nothing
-- case: comments and empty statements
-- a comment
;; /* another /* nested */ one */ ;
-- case: a query
SELECT 1;
-- case: an insert
INSERT INTO payments VALUES (1);
-- case: alter
ALTER TABLE x ADD COLUMN y TEXT;
-- case: something else
FOO BAR;
-- case: an unknown kind
CREATE INDEX i ON payments (id);
-- case: a materialized view
CREATE MATERIALIZED VIEW v AS SELECT 1;
-- case: a word that is no kind
CREATE STREEM s (id TEXT PRIMARY KEY);
-- case: nothing after create
CREATE
-- case: an open quote
CREATE STREAM a (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
CREATE RULE r ON d WHEN x = 'abc THEN review;
-- case: an open comment
CREATE STREAM a (id TEXT PRIMARY KEY, at TIMESTAMPTZ); /* what follows
-- case: something after the end
CREATE STREAM a (id TEXT PRIMARY KEY, at TIMESTAMPTZ) PARTITION BY id;
-- case: several errors in one file
CREATE STREAM a (id TEXT PRIMARY KEY, at TIMESTAMPTZ, c CHAR(3));
CREATE STREAM b (id TEXT PRIMARY KEY, at);
CREATE STREAM c (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
CREATE VIEW d AS SELECT nothing FROM c;
CREATE VIEW e AS SELECT id FROM d;
-- case: a place behind a tab and a letter of two bytes
CREATE VIEW
	"ä" AS SELECT	x FROM nowhere;
-- case: a schema
CREATE VIEW public.v AS SELECT 1 FROM s;
-- case: a dollar quote
CREATE MODEL m FROM $$x$$;
-- case: kinds that other systems have
CREATE SCHEMA s;
CREATE TEMP TABLE t (id TEXT PRIMARY KEY);
CREATE POLICY p ON t;
CREATE TYPE mood AS ENUM ('sad');
DROP INDEX i;
-- case: statements that other systems have
TRUNCATE payments;
SHOW TABLES;
SET x = 1;
BEGIN;
COPY payments FROM 'x.csv';
MERGE INTO payments USING x ON true;
REFRESH MATERIALIZED VIEW v;
COMMENT ON TABLE t IS 'x';
