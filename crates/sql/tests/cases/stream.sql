-- case: the only timestamp is the event time
CREATE STREAM s (id BIGINT PRIMARY KEY, at TIMESTAMPTZ, x DOUBLE);
-- case: all types and their other names
CREATE STREAM s (id INT8 PRIMARY KEY, a VARCHAR, b INTEGER, c INT, d SMALLINT, e NUMERIC(10), f DEC(5,5), g DOUBLE PRECISION,
    h FLOAT8, i BOOL, j TIMESTAMP WITH TIME ZONE NOT NULL, k DATE NULL, "Quoted Name" TEXT, L TEXT);
-- case: all options
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, seen TIMESTAMPTZ, card TEXT, ip TEXT)
WITH (event_time = 'at', arrival_time = 'seen', allowed_lateness = '90 minutes', future_max = '0 seconds', dedupe = '36 hours',
    hot = '1 week', key_horizon = '400 days', pii = 'card: token , ip: keep, id: token');
-- case: a card number as a token
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card_number TEXT) WITH (pii = 'card_number: token');
-- case: no primary key
CREATE STREAM s (id TEXT, at TIMESTAMPTZ);
-- case: two primary keys
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, other TEXT PRIMARY KEY);
-- case: a primary key as a constraint
CREATE STREAM s (id TEXT, at TIMESTAMPTZ, PRIMARY KEY (id));
-- case: a primary key of a wrong type
CREATE STREAM s (id DOUBLE PRIMARY KEY, at TIMESTAMPTZ);
-- case: no event time
CREATE STREAM s (id TEXT PRIMARY KEY, on_day DATE);
-- case: several times and none named
CREATE STREAM s (id TEXT PRIMARY KEY, created TIMESTAMPTZ, updated TIMESTAMPTZ);
-- case: the event time is no timestamp
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, x BIGINT) WITH (event_time = 'x');
-- case: the event time is no column
CREATE STREAM s (id TEXT PRIMARY KEY, occurred_at TIMESTAMPTZ) WITH (event_time = 'ocurred_at');
-- case: an unknown option
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ) WITH (allowed_latness = '1 hour');
-- case: an option given twice
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ) WITH (hot = '1 hour', hot = '2 hours');
-- case: an option without quotes
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ) WITH (hot = 7);
-- case: a duration that is none
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ) WITH (hot = 'a week or so');
-- case: a duration in months
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ) WITH (key_horizon = '3 months');
-- case: a negative duration
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ) WITH (dedupe = '-1 day');
-- case: a column declared twice
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, ID TEXT);
-- case: a security code
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card_cvv TEXT);
-- case: a card number in clear
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, pan TEXT) WITH (pii = 'pan: keep');
-- case: a token that is not text
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card_id BIGINT) WITH (pii = 'card_id: token');
-- case: personal data of an unknown column
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card_id TEXT) WITH (pii = 'cardid: token');
-- case: personal data of an unknown treatment
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card_id TEXT) WITH (pii = 'card_id: hash');
-- case: personal data without a treatment
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, card_id TEXT) WITH (pii = 'card_id');
-- case: a default
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, x BIGINT DEFAULT 0);
-- case: replacing a stream
CREATE OR REPLACE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
-- case: a missing parenthesis
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ
-- case: a missing type
CREATE STREAM s (id TEXT PRIMARY KEY, at, x TEXT);
-- case: if not exists
CREATE STREAM IF NOT EXISTS s (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
-- case: columns named as keywords
CREATE STREAM s (id TEXT PRIMARY KEY, timestamp TIMESTAMPTZ, date DATE, type TEXT, value BIGINT, name TEXT, key TEXT, source TEXT, "order" TEXT,
    position TEXT, interval BIGINT, method TEXT, first TEXT, last TEXT, year BIGINT, zone TEXT, "user" TEXT, language TEXT, role TEXT, rank BIGINT,
    hash TEXT, index BIGINT, time TEXT, range TEXT, rows TEXT, status TEXT, exclude TEXT, currency TEXT, country TEXT, reason TEXT, mode TEXT, rule TEXT);
CREATE VIEW v AS SELECT date, type, value + 1 AS value, lower(name) AS name, key, source, "order", position, interval * 2 AS interval, method, first, last,
    year, zone, "user", language, role, rank, hash, index, time, range, rows, exclude, country || currency AS place, reason, mode, rule,
    count(*) OVER (PARTITION BY range, rows, key ORDER BY timestamp RANGE INTERVAL '1 day' PRECEDING EXCLUDE CURRENT ROW) AS count,
    sum(value) OVER w AS sum, min(date) OVER w AS min FROM s
WINDOW w AS (PARTITION BY type ORDER BY timestamp ROWS 3 PRECEDING);
CREATE DECISION d ON v OUTCOMES (approve, review);
CREATE RULE reason ON d WHEN type = 'x' AND value > 3 OR date < DATE '2026-01-01' AND interval > 1 THEN review;
-- case: a name with a control character
CREATE STREAM s ("i	d" TEXT PRIMARY KEY, at TIMESTAMPTZ);
