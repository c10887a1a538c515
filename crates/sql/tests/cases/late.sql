-- with: preludes/base.sql
-- with: preludes/decision.sql
-- case: late events
CREATE SINK late ON payments_late TO file('out/late.ndjson');
CREATE SINK late_logins ON logins_late TO file('out/late.parquet');
-- case: some of them
CREATE SINK late ON payments_late WHERE payments_late.reason = 'late' AND amount > 10 AND arrived > occurred_at + INTERVAL '1 day'
    AND late_bound <> 'future_max' AND position > 5 AND epoch >= 1 TO file('out/late.ndjson');
-- case: a stream of the same change
CREATE SINK late ON refunds_late WHERE amount > 10 TO file('out/late.ndjson');
CREATE STREAM refunds (id BIGINT PRIMARY KEY, at TIMESTAMPTZ, amount BIGINT);
-- case: an unknown column
CREATE SINK late ON payments_late WHERE raeson = 'late' TO file('out/late.ndjson');
-- case: a decision's column
CREATE SINK late ON payments_late WHERE outcome = 'approve' TO file('out/late.ndjson');
-- case: another relation's column
CREATE SINK late ON payments_late WHERE payments.amount > 1 TO file('out/late.ndjson');
-- case: a reason that there is not
CREATE SINK late ON payments_late WHERE reason = 'early' TO file('out/late.ndjson');
-- case: a window in its condition
CREATE SINK late ON payments_late WHERE count(*) OVER () > 1 TO file('out/late.ndjson');
-- case: a subquery in its condition
CREATE SINK late ON payments_late WHERE (SELECT 1) = 1 TO file('out/late.ndjson');
-- case: an unknown stream
CREATE SINK late ON paymnts_late TO file('out/late.ndjson');
-- case: the late events of a view
CREATE SINK late ON features_late TO file('out/late.ndjson');
-- case: a stream with a column that rows have anyway
CREATE STREAM refunds (id BIGINT PRIMARY KEY, at TIMESTAMPTZ, reason TEXT);
CREATE SINK late ON refunds_late TO file('out/late.ndjson');
-- case: a stream that is called as another one's late events
CREATE STREAM payments_late (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
-- case: a view, a table and a decision that are called so
CREATE VIEW payments_late AS SELECT amount FROM payments;
CREATE TABLE logins_late (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('merchants.csv');
CREATE DECISION payments_late ON features OUTCOMES (a, b);
-- case: a stream whose late events would be called as another relation
CREATE VIEW refunds_late AS SELECT amount FROM payments;
CREATE STREAM refunds (id BIGINT PRIMARY KEY, at TIMESTAMPTZ);
-- case: a name is free once its stream is dropped
DROP STREAM logins;
CREATE STREAM logins_late (id TEXT PRIMARY KEY, at TIMESTAMPTZ);
-- case: late events as a view's rows
CREATE VIEW v AS SELECT * FROM payments_late;
-- case: a stream is dropped while its late events are read
CREATE SINK late ON logins_late TO file('out/late.ndjson');
-- then
DROP STREAM logins;
-- case: a stream and the sink of its late events are dropped
CREATE SINK late ON logins_late TO file('out/late.ndjson');
-- then
DROP STREAM logins;
DROP SINK late;
-- case: a sink goes from records to late events
CREATE SINK s ON risk TO file('out/a.ndjson');
-- then
CREATE OR REPLACE SINK s ON payments_late TO file('out/a.ndjson');
