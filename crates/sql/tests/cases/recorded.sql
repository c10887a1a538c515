-- with: preludes/base.sql
-- with: preludes/decision.sql
-- case: columns that every sink writes
-- recorded
CREATE VIEW o AS SELECT *, status AS fired, 1 AS position FROM payments;
CREATE DECISION d ON o OUTCOMES (a, not_applicable);
CREATE SINK s ON d WHERE outcome = 'worse' TO file('out/a.ndjson');
-- case: constants without a value
-- recorded
CREATE VIEW v AS SELECT amount, 1 / 0 AS b, (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.score > ln(0)
    AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS failed FROM payments p;
CREATE DECISION d ON v OUTCOMES (a, b);
CREATE RULE r ON d WHEN amount > 1 % 0 THEN b;
-- case: sinks outside of the project, in a folder of the program and into one file
-- recorded
CREATE SINK s ON risk TO file('/tmp/a.ndjson');
CREATE SINK t ON risk TO file('out/../../a.ndjson');
CREATE SINK u ON risk TO file('protected/a.ndjson');
CREATE SINK v ON risk TO file('out/a.ndjson');
CREATE SINK w ON risk TO file('./out/a.ndjson');
-- case: names that nobody can write
-- recorded
CREATE VIEW v AS SELECT amount AS "", ip AS "a
b" FROM payments;
CREATE DECISION "a
b" ON v OUTCOMES (a, b);
-- case: a relation that is called as late events are
-- recorded
CREATE VIEW payments_late AS SELECT amount FROM payments;
CREATE DECISION logins_late ON payments_late OUTCOMES (a, b);
CREATE SINK s ON logins_late TO file('out/a.ndjson');
-- case: what cannot run is refused, whoever took it
-- recorded
CREATE VIEW v AS SELECT amuont FROM payments;
CREATE RULE r ON risk WHEN amount THEN review;
-- case: another definition is replaced below a recorded one
-- recorded
CREATE RULE r ON risk WHEN amount > 1 / 0 THEN review;
-- then
CREATE OR REPLACE VIEW features AS SELECT amount FROM payments;
-- case: a replaced definition adds what is refused to a recorded one
-- recorded
CREATE SINK s ON risk WHERE outcome = 'worse' TO file('out/a.ndjson');
-- then
CREATE OR REPLACE VIEW features AS SELECT amount, status AS fired FROM payments;
-- case: a recorded definition is written again
-- recorded
CREATE RULE r ON risk WHEN amount > 1 / 0 THEN review;
-- then
CREATE OR REPLACE RULE r ON risk WHEN amount > 1 / 0 THEN decline;
