-- with: preludes/base.sql
-- with: preludes/decision.sql
-- case: sinks
CREATE SINK all_of_them ON risk TO file('out/all.parquet');
CREATE SINK bad ON risk WHERE outcome <> 'approve' AND amount > 10 TO file('out/bad.jsonl');
-- case: a sink may be named as a model
CREATE MODEL fraud FROM 'models/fraud.json';
CREATE SINK fraud ON risk TO file('out/fraud.ndjson');
-- case: kafka
CREATE SINK s ON risk WHERE outcome <> 'approve' TO kafka('fraud');
-- case: webhooks
CREATE SINK s ON risk TO webhook('https://example.com');
CREATE SINK t ON risk WHERE outcome = 'review' TO webhook('http://127.0.0.1:8080/in?a=b') WITH (
    secret_file = 'secrets/t.key', ca_file = 'ca.pem', batch = '20', timeout = '3 seconds', attempts = '5', retry_max = '1 second');
CREATE SINK u ON risk TO webhook('HTTPS://example.com/one') WITH (body = 'object');
-- case: a webhook that is none
CREATE SINK a ON risk TO webhook('example.com/in');
CREATE SINK b ON risk TO webhook('ftp://example.com');
CREATE SINK c ON risk TO webhook('https://');
CREATE SINK d ON risk TO webhook('https://user:secret@example.com/');
CREATE SINK e ON risk TO webhook('https://example.com/a b');
CREATE SINK f ON risk TO webhook('https://example.com/#here');
CREATE SINK "g/../x" ON risk TO webhook('https://example.com/');
-- case: options that a webhook does not have
CREATE SINK a ON risk TO webhook('https://example.com') WITH (secret = 'abc');
CREATE SINK b ON risk TO webhook('https://example.com') WITH (secret_file = '../key');
CREATE SINK c ON risk TO webhook('https://example.com') WITH (batch = '0');
CREATE SINK d ON risk TO webhook('https://example.com') WITH (batch = '10001');
CREATE SINK e ON risk TO webhook('https://example.com') WITH (batch = '2', body = 'object');
CREATE SINK f ON risk TO webhook('https://example.com') WITH (body = 'lines');
CREATE SINK g ON risk TO webhook('https://example.com') WITH (timeout = '2 minutes');
CREATE SINK h ON risk TO webhook('https://example.com') WITH (attempts = 'many');
CREATE SINK i ON risk TO webhook('https://example.com') WITH (retry_max = '0 seconds');
CREATE SINK j ON risk TO webhook('https://example.com') WITH (retries = '3');
-- case: a file has no options
CREATE SINK a ON risk TO file('out/a.ndjson') WITH (batch = '3');
-- case: another format
CREATE SINK s ON risk TO file('out/fraud.csv');
-- case: one file for two sinks
CREATE SINK s ON risk TO file('out/a.ndjson');
CREATE SINK t ON risk TO file('out/a.ndjson');
-- case: one file for two sinks, spelt in two ways
CREATE SINK s ON risk TO file('out/a.ndjson');
CREATE SINK t ON risk TO file('./out/./a.ndjson');
-- case: one path for a file and a folder
CREATE SINK s ON risk TO file('out/a.ndjson');
CREATE SINK t ON risk TO file('out/a.ndjson/b.ndjson');
-- case: a sink into the file of a table
CREATE TABLE shops (id TEXT PRIMARY KEY, category TEXT) FROM file('shops.ndjson');
CREATE SINK s ON risk TO file('./shops.ndjson');
-- case: an absolute path
CREATE SINK s ON risk TO file('/tmp/a.ndjson');
-- case: a path out of the project
CREATE SINK s ON risk TO file('out/../../a.ndjson');
-- case: a file that may not be written
CREATE SINK s ON risk TO file('protected/a.ndjson');
-- case: an unknown column
CREATE SINK s ON risk WHERE outcme = 'approve' TO file('out/a.ndjson');
-- case: a sink of a view
CREATE SINK s ON features TO file('out/a.ndjson');
-- case: outcome is ambiguous
CREATE VIEW o AS SELECT status AS outcome FROM payments;
CREATE DECISION d ON o OUTCOMES (a, b);
CREATE SINK s ON d WHERE outcome = 'a' TO file('out/a.ndjson');
-- case: no place
CREATE SINK s ON risk;
-- case: columns that every sink writes
CREATE VIEW o AS SELECT *, status AS fired, 1 AS position FROM payments;
CREATE DECISION d ON o OUTCOMES (a, b);
CREATE SINK s ON d TO file('out/a.ndjson');
-- case: outcomes that do not exist
CREATE SINK s ON risk WHERE outcome IN ('review', 'worse') TO file('out/a.ndjson');
CREATE SINK t ON risk WHERE amount > 5 AND (outcome = 'aprove' OR outcome <> 'decline') TO file('out/b.ndjson');
CREATE SINK u ON risk WHERE CASE WHEN 'worse' = outcome THEN true ELSE amount > 3 END TO file('out/c.ndjson');
-- case: a sink of a stream
CREATE SINK s ON payments TO file('out/a.ndjson');
