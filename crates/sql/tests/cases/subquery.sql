-- with: preludes/base.sql
-- case: keys, a filter and a bound in any order
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE NOT l.ok AND p.occurred_at >= l.occurred_at AND p.card_id = l.card_id
    AND l.occurred_at > p.occurred_at - INTERVAL '1 hour' AND score > 0.5) AS n FROM payments p;
-- case: the bound in all its forms
CREATE VIEW v AS SELECT
    (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS a,
    (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '2 days' AND p.occurred_at - INTERVAL '1 day') AS b,
    (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at < p.occurred_at AND l.occurred_at >= p.occurred_at - INTERVAL '1 hour') AS c,
    (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND (p.occurred_at - INTERVAL '1 hour' < l.occurred_at AND (l.occurred_at) <= p.occurred_at - INTERVAL '1 minute' - INTERVAL '30 seconds')) AS d,
    (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at = p.occurred_at) AS e
FROM payments p;
-- case: several keys, computed keys and casts
CREATE VIEW v AS SELECT (SELECT sum(score) FROM logins l WHERE lower(l.card_id) = p.card_id AND l.login_id = p.amount
    AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: no key
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: expressions of aggregates and outer columns
CREATE VIEW v AS SELECT (SELECT coalesce(sum(score) FILTER (WHERE ok), 0) / count(*) + p.amount FROM logins l
    WHERE l.card_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) > 3 AS n FROM payments p;
-- case: the same stream by another key
CREATE VIEW v AS SELECT (SELECT count(DISTINCT q.card_id) FROM payments q WHERE q.device_id = p.ip
    AND q.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a view within, with its filter and windows
CREATE VIEW bad AS SELECT card_id AS card, occurred_at AS at, count(*) OVER (PARTITION BY card_id, 1 ORDER BY occurred_at ROWS 3 PRECEDING) AS n FROM logins WHERE NOT ok;
CREATE VIEW v AS SELECT (SELECT max(n) FROM bad WHERE card = card_id AND at BETWEEN occurred_at - INTERVAL '1 hour' AND occurred_at) AS worst FROM payments;
-- case: a window of the same key within
CREATE VIEW bad AS SELECT card_id AS card, occurred_at AS at, count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS 3 PRECEDING) AS n FROM logins WHERE NOT ok;
CREATE VIEW v AS SELECT (SELECT max(n) FROM bad WHERE card = card_id AND at BETWEEN occurred_at - INTERVAL '1 hour' AND occurred_at) AS worst FROM payments;
-- case: equal subqueries are one value
CREATE VIEW v AS SELECT
    (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS a,
    (SELECT count(*) FROM logins x WHERE x.occurred_at BETWEEN p.occurred_at - INTERVAL '60 minutes' AND p.occurred_at AND p.card_id = x.card_id) AS b
FROM payments p;
-- case: no bound
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id) AS n FROM payments p;
-- case: no conditions
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l) AS n FROM payments p;
-- case: no start
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at <= p.occurred_at) AS n FROM payments p;
-- case: no end
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at >= p.occurred_at - INTERVAL '1 hour') AS n FROM payments p;
-- case: two ends
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at < p.occurred_at AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: an empty bound
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at BETWEEN p.occurred_at AND p.occurred_at - INTERVAL '1 hour') AS n FROM payments p;
-- case: an empty bound at the event
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at > p.occurred_at AND l.occurred_at <= p.occurred_at) AS n FROM payments p;
-- case: an empty bound after the event
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at BETWEEN p.occurred_at + INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: later rows only
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at = p.occurred_at + INTERVAL '1 hour') AS n FROM payments p;
-- case: later rows
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at BETWEEN p.occurred_at AND p.occurred_at + INTERVAL '1 hour') AS n FROM payments p;
-- case: a bound by another time
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at BETWEEN TIMESTAMPTZ '2026-01-01' AND p.occurred_at) AS n FROM payments p;
-- case: a bound of months
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 month' AND p.occurred_at) AS n FROM payments p;
-- case: a condition on the outer row
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE p.amount > 10 AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a mixed condition
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.score > p.amount AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a mixed alternative
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE (l.card_id = p.card_id OR l.ok) AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a key of two types
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.login_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a key of doubles
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.score = p.amount AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a column outside of an aggregate
CREATE VIEW v AS SELECT (SELECT l.score FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: an outer column within an aggregate
CREATE VIEW v AS SELECT (SELECT sum(l.score * p.amount) FROM logins l WHERE l.card_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: the last one by order and limit
CREATE VIEW v AS SELECT (SELECT l.score FROM logins l WHERE l.card_id = p.card_id ORDER BY l.occurred_at DESC LIMIT 1) AS n FROM payments p;
-- case: two columns
CREATE VIEW v AS SELECT (SELECT count(*), max(score) FROM logins l WHERE l.card_id = p.card_id) AS n FROM payments p;
-- case: group by within
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id GROUP BY ok) AS n FROM payments p;
-- case: a join within
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l JOIN payments q ON q.card_id = l.card_id WHERE l.card_id = p.card_id) AS n FROM payments p;
-- case: a subquery within
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.login_id = (SELECT 1 FROM logins x) AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a window within
CREATE VIEW v AS SELECT (SELECT count(*) OVER (ORDER BY l.occurred_at) FROM logins l WHERE l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: a table within
CREATE VIEW v AS SELECT (SELECT count(*) FROM merchants m WHERE m.id = p.merchant_id) AS n FROM payments p;
-- case: the same alias within and without
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins p WHERE p.card_id = card_id) AS n FROM payments p;
-- case: an unknown column within
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.crad_id = p.card_id AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS n FROM payments p;
-- case: exists
CREATE VIEW v AS SELECT EXISTS (SELECT 1 FROM logins l WHERE l.card_id = p.card_id) AS n FROM payments p;
-- case: in a subquery
CREATE VIEW v AS SELECT p.card_id IN (SELECT card_id FROM logins) AS n FROM payments p;
