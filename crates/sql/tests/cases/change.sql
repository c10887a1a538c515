-- with: preludes/base.sql
-- with: preludes/decision.sql
CREATE RULE r ON risk WHEN card_payments_1h > 10 THEN review;
CREATE SINK s ON risk WHERE amount > 1 TO file('out/a.ndjson');
CREATE MODEL fraud FROM 'models/fraud.json';
CREATE VIEW scored AS SELECT predict('fraud', amount, 1) AS score FROM payments;
CREATE VIEW named AS SELECT m.category FROM payments LEFT JOIN merchants FOR SYSTEM_TIME AS OF occurred_at AS m ON m.id = merchant_id;
-- case: create again
CREATE RULE r ON risk WHEN amount > 1 THEN review;
-- case: create a stream again
CREATE STREAM payments (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
-- case: create a view again
CREATE VIEW scored AS SELECT amount FROM payments;
-- case: replace a rule
CREATE OR REPLACE RULE r ON risk WHEN amount > 1 THEN decline;
-- case: replace what is not there
CREATE OR REPLACE RULE q ON risk WHEN amount > 1 THEN decline;
-- case: replace a view and bind its readers again
CREATE OR REPLACE VIEW features AS SELECT amount, 1 AS card_payments_1h FROM payments;
-- case: replace a view and break its readers
CREATE OR REPLACE VIEW features AS SELECT amount FROM payments;
-- case: replace a view and its reader together
CREATE OR REPLACE RULE r ON risk WHEN amount > 10 THEN review;
CREATE OR REPLACE VIEW features AS SELECT amount FROM payments;
-- case: replace a decision and break its rules
CREATE OR REPLACE DECISION risk ON features OUTCOMES (approve, decline);
-- case: replace a decision
CREATE OR REPLACE DECISION risk ON features OUTCOMES (approve, decline, review);
-- case: replace a model and break its readers
CREATE OR REPLACE MODEL fraud FROM 'models/broken.json';
-- case: replace a model
CREATE OR REPLACE MODEL fraud FROM 'models/upper.json';
-- case: replace a table
CREATE OR REPLACE TABLE merchants (id TEXT PRIMARY KEY, category TEXT) FROM file('merchants.csv');
-- case: replace a table and break its readers
CREATE OR REPLACE TABLE merchants (id TEXT PRIMARY KEY, kind TEXT) FROM file('merchants.csv');
-- case: replace a sink
CREATE OR REPLACE SINK s ON risk TO file('out/a.ndjson');
-- case: drop a rule
DROP RULE r ON risk;
-- case: drop a rule without its decision
DROP RULE r;
-- case: drop what is not there
DROP RULE rr ON risk;
-- case: drop what is not there, if it exists
DROP VIEW IF EXISTS nothing;
-- case: drop by a wrong kind
DROP STREAM scored;
-- case: drop by a wrong kind, if it exists
DROP STREAM IF EXISTS scored;
-- case: drop a stream that is read
DROP STREAM payments;
-- case: drop a table that is read
DROP TABLE merchants;
-- case: drop a model that is read
DROP MODEL fraud;
-- case: drop a decision that is read
DROP DECISION risk;
-- case: drop a view and what reads it
DROP VIEW features; DROP DECISION risk; DROP RULE r ON risk; DROP SINK s;
-- case: drop and create
DROP VIEW scored; CREATE TABLE scored (id TEXT PRIMARY KEY) FROM file('merchants.csv');
-- case: create and drop
CREATE VIEW x AS SELECT amount FROM payments; DROP VIEW x;
-- case: drop and create a stream
DROP STREAM logins; CREATE STREAM logins (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
-- case: drop a stream that nothing reads
DROP STREAM logins;
-- case: cascade
DROP STREAM payments CASCADE;
-- case: a view becomes a table that its reader reads
DROP VIEW features; CREATE TABLE features (id TEXT PRIMARY KEY) FROM file('merchants.csv');
-- case: any order will do
CREATE RULE q ON d WHEN twice > 3 THEN b;
CREATE DECISION d ON v2 OUTCOMES (a, b);
CREATE VIEW v2 AS SELECT twice FROM v1;
CREATE VIEW v1 AS SELECT amount * 2 AS twice, predict('m', amount, amount) AS score FROM payments;
CREATE MODEL m FROM 'models/nameless.json';
-- case: views that read each other
CREATE VIEW v1 AS SELECT amount FROM v2;
CREATE VIEW v2 AS SELECT amount FROM v3;
CREATE VIEW v3 AS SELECT amount FROM v1;
CREATE VIEW v4 AS SELECT amount FROM v1;
-- case: a view that reads itself
CREATE VIEW v1 AS SELECT amount FROM v1;
-- case: what reads a wrong definition is not blamed
CREATE VIEW v1 AS SELECT amuont FROM payments;
CREATE VIEW v2 AS SELECT amuont FROM v1;
CREATE DECISION d ON v2 OUTCOMES (a, b);
-- case: a stream that was there before, as it was
DROP STREAM logins;
-- then
CREATE STREAM logins (login_id BIGINT PRIMARY KEY, card_id TEXT, occurred_at TIMESTAMPTZ,
    ok BOOLEAN, score DOUBLE) WITH (event_time = 'occurred_at');
-- case: a stream that was there before with other columns
DROP STREAM logins;
-- then
CREATE VIEW logins AS SELECT amount FROM payments;
-- then
DROP VIEW logins;
CREATE STREAM logins (login_id BIGINT PRIMARY KEY, card_id TEXT, occurred_at TIMESTAMPTZ);
-- case: a stream that was there before with another bound
DROP STREAM logins;
-- then
CREATE STREAM logins (login_id BIGINT PRIMARY KEY, card_id TEXT, occurred_at TIMESTAMPTZ, ok BOOLEAN, score DOUBLE)
    WITH (allowed_lateness = '2 hours');
-- case: a table with another file goes on
CREATE OR REPLACE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('shops.ndjson');
-- case: a table with another type of a column is another one
CREATE OR REPLACE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, onboarded_on TEXT) FROM file('merchants.csv');
-- case: a table with another key is another one
DROP VIEW named;
CREATE OR REPLACE TABLE merchants (id TEXT, category TEXT PRIMARY KEY, onboarded_on DATE) FROM file('merchants.csv');
-- case: a table that was dropped is another one when it comes back
DROP VIEW named; DROP TABLE merchants;
-- then
CREATE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('merchants.csv');
-- case: a shape that comes back is another one
CREATE OR REPLACE TABLE merchants (id TEXT PRIMARY KEY, category TEXT) FROM file('merchants.csv');
-- then
CREATE OR REPLACE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('merchants.csv');
