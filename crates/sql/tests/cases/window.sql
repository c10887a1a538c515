-- with: preludes/base.sql
-- case: all aggregates
CREATE VIEW v AS SELECT
    count(*) OVER w AS a, count(gateway) OVER w AS b, count(DISTINCT gateway) OVER w AS c, sum(amount) OVER w AS d, avg(amount) OVER w AS e,
    min(amount) OVER w AS f, max(gateway) OVER w AS g, variance(amount) OVER w AS h, var_samp(amount) OVER w AS i, var_pop(amount) OVER w AS j,
    stddev(amount) OVER w AS k, stddev_samp(amount) OVER w AS l, stddev_pop(amount) OVER w AS m,
    first_value(status) OVER w AS n, last_value(status) OVER w AS o
FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 hour' PRECEDING);
-- case: lag
CREATE VIEW v AS SELECT lag(amount) OVER w AS a, lag(amount, 3) OVER w AS b, amount - lag(amount) OVER w AS change,
    lag(status, 0) OVER (PARTITION BY device_id ORDER BY occurred_at ROWS 5 PRECEDING) AS c
FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at);
-- case: range frames
CREATE VIEW v AS SELECT
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE UNBOUNDED PRECEDING) AS b,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 day' - INTERVAL '1 microsecond' PRECEDING AND CURRENT ROW) AS c,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '14 days' PRECEDING AND INTERVAL '7 days' PRECEDING) AS d,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL '1' DAY PRECEDING) AS e,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE CURRENT ROW) AS f,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN '2 hours' PRECEDING AND CURRENT ROW) AS g,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE 2 * INTERVAL '36 hours' PRECEDING) AS h
FROM payments;
-- case: rows frames
CREATE VIEW v AS SELECT
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS 9 PRECEDING) AS a,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING) AS b,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS UNBOUNDED PRECEDING) AS c,
    count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS CURRENT ROW) AS d
FROM payments;
-- case: exclude current row
CREATE VIEW v AS SELECT
    avg(amount) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 day' PRECEDING EXCLUDE CURRENT ROW) AS a,
    avg(amount) OVER w AS b,
    avg(amount) OVER (PARTITION BY lower(card_id) ORDER BY occurred_at ROWS 3 PRECEDING EXCLUDE NO OTHERS) AS c
FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at ROWS BETWEEN 3 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW);
-- case: windows build on each other
CREATE VIEW v AS SELECT count(*) OVER (w RANGE INTERVAL '1 hour' PRECEDING) AS a, count(*) OVER x AS b, count(*) OVER y AS c, count(*) OVER (z) AS d
FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at), x AS (w ROWS 3 PRECEDING), y AS w, z AS (y);
-- case: keys of several columns share one order
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id, merchant_id ORDER BY occurred_at) AS a,
    count(*) OVER (PARTITION BY merchant_id, card_id, card_id ORDER BY occurred_at) AS b,
    count(*) OVER (ORDER BY occurred_at) AS c FROM payments;
-- case: computed keys, arguments and filters
CREATE VIEW v AS SELECT sum(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) FILTER (WHERE amount > 10 AND method = 'card') OVER w / 3 AS a
FROM payments WINDOW w AS (PARTITION BY lower(device_id), CAST(occurred_at AS DATE) ORDER BY occurred_at RANGE INTERVAL '1 day' PRECEDING);
-- case: a window over a window
CREATE VIEW v AS SELECT max(count(*) OVER c) OVER m AS busiest_card FROM payments
WINDOW c AS (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 hour' PRECEDING),
       m AS (PARTITION BY merchant_id ORDER BY occurred_at RANGE INTERVAL '1 day' PRECEDING);
-- case: a window over a window of the view below
CREATE VIEW a AS SELECT *, count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 hour' PRECEDING) AS n FROM payments;
CREATE VIEW b AS SELECT max(n) OVER (PARTITION BY merchant_id ORDER BY occurred_at RANGE INTERVAL '1 day' PRECEDING) AS busiest FROM a;
-- case: count of a constant is count of rows
CREATE VIEW v AS SELECT count(1) OVER w AS a, sum(1) OVER w AS b FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at);
-- case: no order
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id) AS a FROM payments;
-- case: another order
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY amount) AS a FROM payments;
-- case: two orders
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at, event_id) AS a FROM payments;
-- case: descending order
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at DESC) AS a FROM payments;
-- case: nulls last
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at NULLS LAST) AS a FROM payments;
-- case: following
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS a FROM payments;
-- case: unbounded following
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS a FROM payments;
-- case: a frame of months
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 month' PRECEDING) AS a FROM payments;
-- case: a range of rows
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE 10 PRECEDING) AS a FROM payments;
-- case: rows of an interval
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS INTERVAL '1 hour' PRECEDING) AS a FROM payments;
-- case: too many rows
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS 100000000 PRECEDING) AS a FROM payments;
-- case: groups
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at GROUPS 1 PRECEDING) AS a FROM payments;
-- case: a frame that ends before it starts
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND INTERVAL '2 days' PRECEDING) AS a FROM payments;
-- case: a frame that ends at unbounded
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED PRECEDING) AS a FROM payments;
-- case: a negative frame
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 hour' - INTERVAL '2 hours' PRECEDING) AS a FROM payments;
-- case: a frame that depends on the row
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE occurred_at - occurred_at PRECEDING) AS a FROM payments;
-- case: exclude ties
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS 3 PRECEDING EXCLUDE TIES) AS a FROM payments;
-- case: exclude without an order of its own
CREATE VIEW v AS SELECT count(*) OVER (w ROWS 3 PRECEDING EXCLUDE CURRENT ROW) AS a FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at);
-- case: an unknown window
CREATE VIEW v AS SELECT count(*) OVER card_1g AS a FROM payments WINDOW card_1h AS (PARTITION BY card_id ORDER BY occurred_at);
-- case: no window of any name
CREATE VIEW v AS SELECT count(*) OVER w AS a FROM payments;
-- case: a window twice
CREATE VIEW v AS SELECT count(*) OVER w AS a FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at), W AS (PARTITION BY ip ORDER BY occurred_at);
-- case: a window that reads a later one
CREATE VIEW v AS SELECT count(*) OVER w AS a FROM payments WINDOW w AS (x ROWS 3 PRECEDING), x AS (PARTITION BY card_id ORDER BY occurred_at);
-- case: a frame over a frame
CREATE VIEW v AS SELECT count(*) OVER (w ROWS 3 PRECEDING) AS a FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at ROWS 4 PRECEDING);
-- case: a mistake in a window that nothing reads
CREATE VIEW v AS SELECT amount FROM payments WINDOW w AS (PARTITION BY crad_id ORDER BY occurred_at);
-- case: a key of doubles
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY CAST(amount AS DOUBLE) ORDER BY occurred_at) AS a FROM payments;
-- case: a key of intervals
CREATE VIEW v AS SELECT count(*) OVER (PARTITION BY occurred_at - occurred_at ORDER BY occurred_at) AS a FROM payments;
-- case: sum of text
CREATE VIEW v AS SELECT sum(status) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: max of a truth value
CREATE VIEW v AS SELECT max(status = 'failed') OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: sum of rows
CREATE VIEW v AS SELECT sum(*) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: sum of distinct values
CREATE VIEW v AS SELECT sum(DISTINCT amount) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: count of two arguments
CREATE VIEW v AS SELECT count(amount, ip) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: count of nothing
CREATE VIEW v AS SELECT count() OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: lead
CREATE VIEW v AS SELECT lead(amount) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: row_number
CREATE VIEW v AS SELECT row_number() OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: lag with a filter
CREATE VIEW v AS SELECT lag(amount) FILTER (WHERE amount > 1) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: lag with a default
CREATE VIEW v AS SELECT lag(amount, 1, 0) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: lag of a computed distance
CREATE VIEW v AS SELECT lag(amount, 1 + 1) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: ignore nulls
CREATE VIEW v AS SELECT first_value(amount) IGNORE NULLS OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: a scalar function over a window
CREATE VIEW v AS SELECT lower(status) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: an order within the arguments
CREATE VIEW v AS SELECT count(amount ORDER BY ip) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: a filter that is no condition
CREATE VIEW v AS SELECT count(*) FILTER (WHERE amount) OVER (PARTITION BY card_id ORDER BY occurred_at) AS a FROM payments;
-- case: a window over a window of the same key
CREATE VIEW j AS SELECT *, sum(amount) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS 2 PRECEDING) AS s FROM payments;
CREATE VIEW k AS SELECT event_id,
    max(s) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS 2 PRECEDING) AS most FROM j;
-- case: a window over a window of another key
CREATE VIEW j AS SELECT *, sum(amount) OVER (PARTITION BY card_id, 1 ORDER BY occurred_at ROWS 2 PRECEDING) AS s FROM payments;
CREATE VIEW k AS SELECT max(s) OVER (PARTITION BY card_id ORDER BY occurred_at ROWS 2 PRECEDING) AS most FROM j;
-- case: a window within a window
CREATE VIEW k AS SELECT sum(sum(amount) OVER w) OVER w AS s FROM payments WINDOW w AS (PARTITION BY card_id ORDER BY occurred_at);
-- case: a window that needs itself by way of another key
CREATE VIEW a AS SELECT *, count(*) OVER (PARTITION BY card_id ORDER BY occurred_at) AS n FROM payments;
CREATE VIEW b AS SELECT *, max(n) OVER (PARTITION BY device_id ORDER BY occurred_at) AS m FROM a;
CREATE VIEW c AS SELECT m,
    min(m + 1) OVER (PARTITION BY card_id ORDER BY occurred_at) AS o FROM b;
-- case: a key that is the value of another key's window
CREATE VIEW a AS SELECT *, count(*) OVER (PARTITION BY card_id ORDER BY occurred_at) AS n FROM payments;
CREATE VIEW b AS SELECT count(*) OVER (PARTITION BY card_id, n ORDER BY occurred_at) AS m FROM a;
