-- with: preludes/base.sql
-- case: a table as of the event
CREATE VIEW v AS SELECT p.event_id, m.category AS kind, m.* FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON p.merchant_id = m.id;
-- case: a looked-up key of a second table
CREATE TABLE shops (id TEXT PRIMARY KEY, name TEXT) FROM file('shops.ndjson');
CREATE VIEW v AS SELECT s.name, count(*) OVER (PARTITION BY m.category ORDER BY occurred_at RANGE INTERVAL '1 hour' PRECEDING) AS n FROM payments p
    LEFT OUTER JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at m ON (m.id = lower(p.merchant_id))
    LEFT JOIN shops FOR SYSTEM_TIME AS OF occurred_at AS s ON s.id = m.category;
-- case: using
CREATE VIEW a AS SELECT occurred_at AS at, merchant_id AS id FROM payments;
CREATE VIEW v AS SELECT category FROM a LEFT JOIN merchants FOR SYSTEM_TIME AS OF at USING (id);
-- case: a join without a time
CREATE VIEW v AS SELECT m.category FROM payments p LEFT JOIN merchants m ON m.id = p.merchant_id;
-- case: an inner join
CREATE VIEW v AS SELECT m.category FROM payments p JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.merchant_id;
-- case: another time
CREATE VIEW v AS SELECT m.category FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF now() AS m ON m.id = p.merchant_id;
-- case: two streams
CREATE VIEW v AS SELECT l.ok FROM payments p LEFT JOIN logins l ON l.card_id = p.card_id;
-- case: another column of the table
CREATE VIEW v AS SELECT m.id FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.category = p.method;
-- case: more conditions
CREATE VIEW v AS SELECT m.id FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.merchant_id AND m.category = 'x';
-- case: a key of another type
CREATE VIEW v AS SELECT m.category FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.amount;
-- case: an unknown table
CREATE VIEW v AS SELECT m.category FROM payments p LEFT JOIN merchant FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.merchant_id;
-- case: one name twice
CREATE VIEW v AS SELECT category FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS p ON p.id = merchant_id;
-- case: a column that both have
CREATE VIEW a AS SELECT occurred_at, merchant_id AS id FROM payments;
CREATE VIEW v AS SELECT id FROM a LEFT JOIN merchants FOR SYSTEM_TIME AS OF a.occurred_at AS m ON m.id = a.id;
-- case: no condition
CREATE VIEW v AS SELECT category FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m;
-- case: a cross join
CREATE VIEW v AS SELECT category FROM payments p CROSS JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m;
-- case: a natural join
CREATE VIEW v AS SELECT amount FROM payments NATURAL JOIN merchants;
