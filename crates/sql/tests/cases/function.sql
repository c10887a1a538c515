-- with: preludes/base.sql
-- with: preludes/decision.sql
-- case: an expression with parameters
CREATE FUNCTION fee(amount DECIMAL(18,2), percent DECIMAL(5,2)) RETURNS DECIMAL(18,2) RETURN round(amount * percent / 100, 2);
-- case: between dollar quotes, as PostgreSQL writes it
CREATE OR REPLACE FUNCTION is_small(amount DECIMAL(18,2)) RETURNS BOOLEAN LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT amount < 10 $$;
-- case: with a tag, a semicolon and STRICT
CREATE FUNCTION joined(a TEXT, b TEXT) RETURNS TEXT AS $body$
    concat(a, '-', b); $body$ LANGUAGE SQL STRICT;
-- case: in a view, a window's argument and filter
CREATE FUNCTION cents(amount DECIMAL(18,2)) RETURNS BIGINT RETURN (amount * 100)::BIGINT;
CREATE VIEW v AS SELECT cents(p.amount) + 1 AS a, sum(cents(amount)) FILTER (WHERE cents(amount) > 5) OVER (PARTITION BY card_id ORDER BY occurred_at
    RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) AS b, cents(12.34) AS c FROM payments p WHERE cents(amount) <> 0;
-- case: arguments are assigned
CREATE FUNCTION twice(a DOUBLE, at TIMESTAMPTZ) RETURNS DOUBLE RETURN a * 2 + extract(hour FROM at);
CREATE VIEW v AS SELECT twice(amount, DATE '2026-01-02') AS a, twice(1, '2026-01-02 03:00Z') AS b, twice(NULL, occurred_at) AS c FROM payments;
-- case: a function of functions, whatever their order
CREATE FUNCTION outer_one(a BIGINT) RETURNS BIGINT RETURN inner_one(a) + inner_one(a + 1);
CREATE FUNCTION inner_one(a BIGINT) RETURNS BIGINT AS $$ a * a $$;
CREATE VIEW v AS SELECT outer_one(length(status)) AS a FROM payments;
-- case: no parameters
CREATE FUNCTION threshold() RETURNS DECIMAL(18,2) RETURN 100;
CREATE VIEW v AS SELECT amount > threshold() AS a FROM payments;
-- case: in a rule and a sink
CREATE FUNCTION is_large(amount DECIMAL(18,2)) RETURNS BOOLEAN RETURN amount > 1000;
CREATE RULE large ON risk WHEN is_large(amount) AND amount < 5000 THEN review;
CREATE SINK large ON risk WHERE is_large(amount) AND outcome <> 'approve' TO file('out/large.ndjson');
-- case: in a subquery
CREATE FUNCTION is_bad(ok BOOLEAN) RETURNS BOOLEAN RETURN NOT ok;
CREATE VIEW v AS SELECT (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND is_bad(l.ok)
    AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS a FROM payments p;
-- case: a new body reaches what calls it
CREATE FUNCTION limit_of(a DECIMAL(18,2)) RETURNS BOOLEAN RETURN a > 10;
CREATE VIEW v AS SELECT limit_of(amount) AS a FROM payments;
-- then
CREATE OR REPLACE FUNCTION limit_of(a DECIMAL(18,2)) RETURNS BOOLEAN RETURN a > 20;
CREATE VIEW w AS SELECT a FROM v;
-- case: a new type that breaks what calls it
CREATE FUNCTION limit_of(a DECIMAL(18,2)) RETURNS BOOLEAN RETURN a > 10;
CREATE VIEW v AS SELECT limit_of(amount) AS a FROM payments;
-- then
CREATE OR REPLACE FUNCTION limit_of(a TEXT) RETURNS BOOLEAN RETURN a = 'x';
-- case: dropped while it is called
CREATE FUNCTION limit_of(a DECIMAL(18,2)) RETURNS BOOLEAN RETURN a > 10;
CREATE VIEW v AS SELECT limit_of(amount) AS a FROM payments;
-- then
DROP FUNCTION limit_of;
-- case: dropped
CREATE FUNCTION limit_of(a DECIMAL(18,2)) RETURNS BOOLEAN RETURN a > 10;
-- then
DROP FUNCTION IF EXISTS limit_of;
-- case: there twice
CREATE FUNCTION f(a BIGINT) RETURNS BIGINT RETURN a;
-- then
CREATE FUNCTION f(a TEXT) RETURNS TEXT RETURN a;
-- case: dropped by its types
DROP FUNCTION f(BIGINT);
-- case: it calls itself
CREATE FUNCTION f(a BIGINT) RETURNS BIGINT RETURN CASE WHEN a < 1 THEN 1 ELSE a * f(a - 1) END;
-- case: a circle
CREATE FUNCTION f(a BIGINT) RETURNS BIGINT RETURN g(a);
CREATE FUNCTION g(a BIGINT) RETURNS BIGINT AS $$ f(a) $$;
-- case: the name of a function that everybody has
CREATE FUNCTION pow(a BIGINT) RETURNS BIGINT RETURN a;
CREATE FUNCTION sum(a BIGINT) RETURNS BIGINT RETURN a;
CREATE FUNCTION now() RETURNS BIGINT RETURN 1;
CREATE FUNCTION "in"(a BIGINT) RETURNS BIGINT RETURN a;
-- case: a wrong body, with its place
CREATE FUNCTION f(amount DECIMAL(18,2), status TEXT) RETURNS BOOLEAN AS $$
    SELECT amount > 10
        AND lower(amont) = status
$$;
-- case: a wrong body on the first line
CREATE FUNCTION f(amount DECIMAL(18,2)) RETURNS BOOLEAN AS $tag$ amount + 'x' > 1 $tag$;
-- case: a body of another type
CREATE FUNCTION f(amount DECIMAL(18,2)) RETURNS BOOLEAN RETURN amount + 1;
-- case: a body that is more than an expression
CREATE FUNCTION f(amount BIGINT) RETURNS BIGINT AS $$ SELECT amount FROM payments $$;
-- case: an aggregate and a subquery in a body
CREATE FUNCTION f(amount BIGINT) RETURNS BIGINT RETURN sum(amount);
CREATE FUNCTION g(amount BIGINT) RETURNS BIGINT RETURN (SELECT count(*) FROM payments);
-- case: wrong calls
CREATE FUNCTION f(amount BIGINT, status TEXT) RETURNS BIGINT RETURN amount;
CREATE VIEW a AS SELECT f(1) AS x FROM payments;
CREATE VIEW b AS SELECT f(status, status) AS x FROM payments;
CREATE VIEW c AS SELECT f('many', status) AS x FROM payments;
CREATE VIEW d AS SELECT f(amount, status) AS x FROM payments;
CREATE VIEW e AS SELECT f(1, 'x') OVER (PARTITION BY card_id) AS x FROM payments;
-- case: a literal that can never work inside
CREATE FUNCTION matches(value TEXT, pattern TEXT) RETURNS BOOLEAN RETURN value ~ pattern;
CREATE VIEW v AS SELECT matches(status, '(') AS a FROM payments;
-- case: a constant without a value inside
CREATE FUNCTION per(a BIGINT, b BIGINT) RETURNS BIGINT RETURN a / b;
CREATE VIEW v AS SELECT per(1, 0) AS a FROM payments;
-- case: forms that are refused by name
CREATE FUNCTION a(x BIGINT) RETURNS SETOF BIGINT RETURN x;
CREATE FUNCTION b(x BIGINT DEFAULT 1) RETURNS BIGINT RETURN x;
CREATE FUNCTION c(x BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
CREATE FUNCTION d(BIGINT) RETURNS BIGINT RETURN 1;
CREATE FUNCTION e(x BIGINT) RETURNS BIGINT AS 'SELECT x';
CREATE FUNCTION f(x BIGINT) RETURNS BIGINT VOLATILE RETURN x;
CREATE FUNCTION g(x BIGINT) RETURNS BIGINT;
CREATE FUNCTION h(OUT x BIGINT) RETURNS BIGINT RETURN 1;
CREATE FUNCTION i(x BIGINT, x BIGINT) RETURNS BIGINT RETURN 1;
CREATE FUNCTION j(x BIGINT) RETURNS BIGINT AS $$ $$;
-- case: a quote that is not closed inside
CREATE FUNCTION f(x TEXT) RETURNS TEXT AS $$ x || 'a $$;
