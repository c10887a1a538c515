-- with: preludes/base.sql
-- case: columns, aliases and quoted names
CREATE VIEW v AS SELECT event_id, p.amount, AMOUNT * 2 AS Twice, amount AS "Amount", "amount" AS again FROM payments AS p;
-- case: a filter admits rows to the windows
CREATE VIEW v AS SELECT count(*) OVER w AS n FROM payments WHERE status = 'captured' AND amount > 0
WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 day' PRECEDING);
-- case: a column that the view below does not have
CREATE VIEW a AS SELECT amount * 2 AS twice FROM payments;
CREATE VIEW b AS SELECT twice, amount FROM a;
-- case: views are inlined and equal values made once
CREATE VIEW a AS SELECT occurred_at AS at, card_id, amount * 2 AS twice, status = 'failed' AS failed FROM payments WHERE amount > 0;
CREATE VIEW b AS SELECT a.twice, twice + 1 AS more, twice + 1 AS same FROM a WHERE failed;
-- case: views over views keep both filters
CREATE VIEW a AS SELECT occurred_at AS at, card_id, amount * 2 AS twice, status = 'failed' AS failed FROM payments WHERE amount > 0;
CREATE VIEW b AS SELECT sum(twice) OVER w AS total, sum(twice) OVER w AS again, twice FROM a WHERE failed
WINDOW w AS (PARTITION BY card_id ORDER BY at RANGE INTERVAL '1 day' PRECEDING);
-- case: an unknown column
CREATE VIEW v AS SELECT amuont FROM payments;
-- case: an unknown column of a relation
CREATE VIEW v AS SELECT p.amuont FROM payments p;
-- case: an unknown relation in a name
CREATE VIEW v AS SELECT payments.amount FROM payments p;
-- case: an unknown stream
CREATE VIEW v AS SELECT amount FROM payment;
-- case: a table in FROM
CREATE VIEW v AS SELECT id FROM merchants;
-- case: a column twice
CREATE VIEW v AS SELECT *, amount FROM payments;
-- case: a computed column without a name
CREATE VIEW v AS SELECT amount * 2 FROM payments;
-- case: an alias of the same select
CREATE VIEW v AS SELECT amount * 2 AS twice, twice + 1 AS more FROM payments;
-- case: the filter is no condition
CREATE VIEW v AS SELECT amount FROM payments WHERE amount;
-- case: a window in the filter
CREATE VIEW v AS SELECT amount FROM payments WHERE count(*) OVER (PARTITION BY card_id ORDER BY occurred_at) > 3;
-- case: a window of the view below in the filter
CREATE VIEW a AS SELECT *, count(*) OVER (PARTITION BY card_id ORDER BY occurred_at) AS n FROM payments;
CREATE VIEW b AS SELECT event_id FROM a WHERE n > 3;
-- case: a name of three parts
CREATE VIEW v AS SELECT a.b.c FROM payments;
-- case: group by
CREATE VIEW v AS SELECT card_id, count(*) AS n FROM payments GROUP BY card_id;
-- case: an aggregate without a window
CREATE VIEW v AS SELECT count(*) AS n FROM payments;
-- case: having
CREATE VIEW v AS SELECT amount FROM payments HAVING amount > 1;
-- case: distinct
CREATE VIEW v AS SELECT DISTINCT card_id FROM payments;
-- case: order by
CREATE VIEW v AS SELECT card_id FROM payments ORDER BY card_id;
-- case: limit
CREATE VIEW v AS SELECT card_id FROM payments LIMIT 10;
-- case: union
CREATE VIEW v AS SELECT card_id FROM payments UNION ALL SELECT card_id FROM logins;
-- case: with
CREATE VIEW v AS WITH x AS (SELECT 1 FROM payments) SELECT * FROM x;
-- case: a subquery in from
CREATE VIEW v AS SELECT amount FROM (SELECT amount FROM payments) x;
-- case: a comma in from
CREATE VIEW v AS SELECT amount FROM payments p, logins l;
-- case: no from
CREATE VIEW v AS SELECT 1 AS one;
-- case: qualify
CREATE VIEW v AS SELECT amount FROM payments QUALIFY amount > 1;
-- case: match_recognize
CREATE VIEW card_testing AS SELECT * FROM payments MATCH_RECOGNIZE (
    PARTITION BY card_id ORDER BY occurred_at
    MEASURES first(SMALL.occurred_at) AS started, count(SMALL.*) AS probes
    ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW
    PATTERN (SMALL{3,} BIG) WITHIN INTERVAL '10' MINUTE
    DEFINE SMALL AS amount < 10, BIG AS amount > 1000);
-- case: a column list
CREATE VIEW v (a, b) AS SELECT card_id, amount FROM payments;
-- case: an option of a wildcard
CREATE VIEW v AS SELECT * EXCLUDE (amount) FROM payments;
-- case: a wildcard of an unknown relation
CREATE VIEW v AS SELECT q.* FROM payments p;
-- case: an interval column
CREATE VIEW v AS SELECT occurred_at - occurred_at AS nothing FROM payments;
-- case: two views of one name
CREATE VIEW v AS SELECT card_id FROM payments;
CREATE VIEW v AS SELECT amount FROM payments;
-- case: a view that is named as a stream
CREATE VIEW logins AS SELECT card_id FROM payments;
-- case: every column that is wrong
CREATE VIEW v AS SELECT amuont, upper(card_id) AS card, crad_id AS c, amount + method AS m, amount, ip AS amount
FROM payments WHERE statsu = 'failed';
-- case: one wrong window read by two columns
CREATE VIEW v AS SELECT count(*) OVER w AS a, sum(amount) OVER w AS b, nothing AS c FROM payments WINDOW w AS (PARTITION BY crad_id ORDER BY occurred_at);
-- case: a column without a name
CREATE VIEW v AS SELECT amount AS "" FROM payments;
-- case: a column's name with a line break
CREATE VIEW v AS SELECT amount AS "a
b" FROM payments;
