-- with: preludes/base.sql
-- case: operators and their order
CREATE VIEW v AS SELECT 1 + 2 * amount - 3 AS a, -amount ^ 2 AS b, - 2 ^ 2 AS c, amount % 7 AS d, NOT status = 'x' AND amount > 1 OR amount < 0 AS e,
    status || '-' || method AS f, status = 'a' AND method = 'b' AND gateway = 'c' AND ip = 'd' AS g, -9223372036854775808 AS h, amount = - 1.50 AS i FROM payments;
-- case: literals
CREATE VIEW v AS SELECT 1 AS a, 1.50 AS b, 1e3 AS c, 1.5e-3 AS d, 9223372036854775808 AS e, 'it''s' AS f, TRUE AS g, NULL AS h, DATE '2026-01-02' AS i,
    TIMESTAMPTZ '2026-01-02 03:04:05Z' AS j, 1_000 AS k, E'a\nb' AS l, BOOLEAN 'true' AS m FROM payments;
-- case: forms
CREATE VIEW v AS SELECT CASE WHEN amount > 1 THEN 'a' ELSE 'b' END AS a, CASE status WHEN 'x' THEN 1 WHEN 'y' THEN 2.5 END AS b,
    CAST(amount AS DOUBLE PRECISION) AS c, amount::BIGINT AS d, coalesce(status, 'none') AS e, status IN ('a', 'b', 'c') AS f, amount NOT IN (1, 2) AS g,
    amount BETWEEN 1 AND 2 AS h, status LIKE 'a%' AS i, status NOT ILIKE '%x' AS j, status IS NULL AS k, status IS NOT NULL AS l,
    (amount > 1) IS TRUE AS m, (amount > 1) IS NOT FALSE AS n, (amount > 1) IS UNKNOWN AS o, status IS DISTINCT FROM method AND amount > 1 AS p,
    status IS NOT DISTINCT FROM method AS q, nullif(status, '') AS r, greatest(amount, 1) AS s FROM payments;
-- case: functions with a syntax of their own
CREATE VIEW v AS SELECT extract(hour FROM occurred_at) AS a, ceil(amount) AS b, floor(amount) AS c, position('x' IN status) AS d,
    substring(status FROM 2 FOR 3) AS e, substring(status, 2) AS f, trim(status) AS g, trim(LEADING 'x' FROM status) AS h, left(status, 2) AS i,
    status ~ '^a' AS j, round(amount, 1) AS k, lower(status) AS l, occurred_at + INTERVAL '1 day' AS m, occurred_at - INTERVAL '1' HOUR AS n FROM payments;
-- case: an unknown function
CREATE VIEW v AS SELECT lowr(status) AS a FROM payments;
-- case: wrong arguments
CREATE VIEW v AS SELECT lower(amount) AS a FROM payments;
-- case: wrong operands
CREATE VIEW v AS SELECT amount + status AS a FROM payments;
-- case: branches of two types
CREATE VIEW v AS SELECT CASE WHEN amount > 1 THEN 'a' WHEN amount > 2 THEN amount END AS a FROM payments;
-- case: and of a number
CREATE VIEW v AS SELECT amount > 1 AND amount AS a FROM payments;
-- case: a literal that does not read
CREATE VIEW v AS SELECT amount > 'ten' AS a FROM payments;
-- case: a date that does not read
CREATE VIEW v AS SELECT DATE '2026-13-01' AS a FROM payments;
-- case: a cast that does not exist
CREATE VIEW v AS SELECT CAST(occurred_at AS BIGINT) AS a FROM payments;
-- case: a type that does not exist
CREATE VIEW v AS SELECT CAST(amount AS REAL) AS a FROM payments;
-- case: now
CREATE VIEW v AS SELECT occurred_at < now() AS a FROM payments;
-- case: current_timestamp
CREATE VIEW v AS SELECT occurred_at < CURRENT_TIMESTAMP AS a FROM payments;
-- case: random
CREATE VIEW v AS SELECT random() AS a FROM payments;
-- case: at time zone
CREATE VIEW v AS SELECT occurred_at AT TIME ZONE 'Asia/Kolkata' AS a, extract(hour FROM (occurred_at AT TIME ZONE 'Asia/Kolkata')) < 6 AS b,
    (occurred_at AT TIME ZONE 'Asia/Kolkata')::DATE AS c, '2026-01-02 03:04' AT TIME ZONE 'Asia/Kolkata' < occurred_at AS d FROM payments;
-- case: a time zone that does not exist
CREATE VIEW v AS SELECT occurred_at AT TIME ZONE 'Asia/Mumbai' AS a FROM payments;
-- case: periods that overlap
CREATE VIEW v AS SELECT (occurred_at, occurred_at + INTERVAL '1 hour') OVERLAPS (DATE '2026-01-01', DATE '2026-01-02') AS a FROM payments;
-- case: similar to
CREATE VIEW v AS SELECT status SIMILAR TO 'a' AS a FROM payments;
-- case: any
CREATE VIEW v AS SELECT status = ANY ('a') AS a FROM payments;
-- case: a row value
CREATE VIEW v AS SELECT (status, method) = ('a', 'b') AS a FROM payments;
-- case: an array
CREATE VIEW v AS SELECT ARRAY[1, 2] AS a FROM payments;
-- case: an array that is asked something
CREATE VIEW v AS SELECT status = ANY (ARRAY['a', 'b']) AS a, status <> ALL ('{a,b}') AS b, amount >= SOME (ARRAY[1, 2.5]) AS c,
    status LIKE ANY (ARRAY['a%', '%b']) AS d, (ARRAY['a', method])[2] AS e, array_position(ARRAY['low', 'high'], status) AS f,
    cardinality(ARRAY[1, 2]) AS g, array_to_string(ARRAY[status, method], '/') AS h FROM payments;
-- case: an array that is split from a text
CREATE VIEW v AS SELECT 'vip' = ANY (string_to_array(status, ',')) AS a, method <> ALL (string_to_array(status, ',')) AS b,
    (string_to_array(status, ','))[1] AS c, cardinality(string_to_array(status, ',')) AS d, array_length(string_to_array(status, ','), 1) AS e,
    array_position(string_to_array(status, ','), 'vip') AS f, array_to_string(string_to_array(status, ','), ' ') AS g,
    string_to_array(status, ',') @> ARRAY['vip', method] AS h, string_to_array(status, ',') && ARRAY['vip', 'new'] AS i FROM payments;
-- case: any of an empty array
CREATE VIEW v AS SELECT status = ANY ('{}') AS a, status = ALL (ARRAY[]::text[]) AS b FROM payments;
-- case: any of a column
CREATE VIEW v AS SELECT 'a' = ANY (status) AS a FROM payments;
-- case: any of a subquery
CREATE VIEW v AS SELECT status = ANY (SELECT method FROM payments) AS a FROM payments;
-- case: an array without elements
CREATE VIEW v AS SELECT status = ANY (ARRAY[]) AS a FROM payments;
-- case: elements of different types
CREATE VIEW v AS SELECT status = ANY (ARRAY['a', 1]) AS a FROM payments;
-- case: elements that have no common type
CREATE VIEW v AS SELECT amount = ANY (ARRAY[1, true]) AS a FROM payments;
-- case: a number among texts
CREATE VIEW v AS SELECT 5 = ANY (string_to_array(status, ',')) AS a FROM payments;
-- case: less than the parts of a text
CREATE VIEW v AS SELECT status < ANY (string_to_array(method, ',')) AS a FROM payments;
-- case: a separator that is no literal
CREATE VIEW v AS SELECT 'a' = ANY (string_to_array(status, method)) AS a FROM payments;
-- case: string_to_array as a value
CREATE VIEW v AS SELECT string_to_array(status, ',') AS a FROM payments;
-- case: string_to_array with three arguments
CREATE VIEW v AS SELECT cardinality(string_to_array(status, ',', 'null')) AS a FROM payments;
-- case: a subscript of a column
CREATE VIEW v AS SELECT status[1] AS a FROM payments;
-- case: a slice
CREATE VIEW v AS SELECT (ARRAY[1, 2, 3])[1:2] AS a FROM payments;
-- case: a subscript that is no whole number
CREATE VIEW v AS SELECT (ARRAY[1, 2, 3])[amount] AS a FROM payments;
-- case: cardinality of a column
CREATE VIEW v AS SELECT cardinality(status) AS a FROM payments;
-- case: array_position with a start
CREATE VIEW v AS SELECT array_position(ARRAY[1, 2], 1, 2) AS a FROM payments;
-- case: the parts of a text within a list
CREATE VIEW v AS SELECT string_to_array(status, ',') <@ ARRAY['a', 'b'] AS a FROM payments;
-- case: containment of a value
CREATE VIEW v AS SELECT status @> 'a' AS a FROM payments;
-- case: a literal that is no array
CREATE VIEW v AS SELECT status = ANY ('{a,{b}}') AS a FROM payments;
-- case: a cast to an array
CREATE VIEW v AS SELECT CAST(status AS text[]) AS a FROM payments;
-- case: collate
CREATE VIEW v AS SELECT status COLLATE "C" < 'a' AS a FROM payments;
-- case: bits
CREATE VIEW v AS SELECT length(status) & 6 | 1 AS a, length(status) # 3 << 2 AS b, ~ length(status) + 1 AS c, length(status) >> 1 = 2 AS d FROM payments;
-- case: overlay
CREATE VIEW v AS SELECT overlay(card_id PLACING '******' FROM 7) AS a, overlay(card_id PLACING '*' FROM 1 FOR 12) AS b FROM payments;
-- case: a parameter
CREATE VIEW v AS SELECT amount > $1 AS a FROM payments;
-- case: a number that is too long
CREATE VIEW v AS SELECT 123456789012345678901234567890123456789 AS a FROM payments;
-- case: an interval that does not read
CREATE VIEW v AS SELECT occurred_at + INTERVAL 'soon' AS a FROM payments;
-- case: a wrong regular expression
CREATE VIEW v AS SELECT status ~ '(' AS a FROM payments;
-- case: a syntax error within an expression
CREATE VIEW v AS SELECT amount + * 2 AS a FROM payments;
-- case: a missing operand
CREATE VIEW v AS SELECT amount + FROM payments;
-- case: json
CREATE VIEW v AS SELECT status -> 'a' AS a FROM payments;
-- case: a distinct scalar
CREATE VIEW v AS SELECT lower(DISTINCT status) AS a FROM payments;
-- case: like with an escape
CREATE VIEW v AS SELECT status LIKE 'a#%' ESCAPE '#' AS a FROM payments;
-- case: a word that ends an expression
CREATE VIEW v AS SELECT amount AND WHERE FROM payments;
-- case: constants that always raise
CREATE VIEW v AS SELECT '2026-02-30'::date AS a, 1 / 0 AS b, amount + CAST('x' AS BIGINT) AS c, status ~ '(' AS d, ln(0) AS e, 9223372036854775807 + 1 AS f FROM payments;
-- case: a constant that only one branch would raise
CREATE VIEW v AS SELECT CASE WHEN amount > 5 THEN 1 / 0 ELSE 1 END AS a, coalesce(status, CAST(1 / 0 AS TEXT)) AS b FROM payments;
-- case: a constant that raises in a rule
CREATE VIEW v AS SELECT amount FROM payments;
CREATE DECISION d ON v OUTCOMES (a, b);
CREATE RULE r ON d WHEN amount > 1 % 0 THEN b;
-- case: forms that are refused by name
CREATE VIEW b AS SELECT trim(leading from status) AS x FROM payments;
CREATE VIEW c AS SELECT amount BETWEEN SYMMETRIC 1 AND 2 AS x FROM payments;
CREATE VIEW d AS SELECT * EXCEPT (card_id) FROM payments;
CREATE VIEW e AS SELECT U&'\0041' AS x FROM payments;
CREATE VIEW f AS SELECT amount FROM payments WHERE amount > 1 AND;
-- case: trim with characters
CREATE VIEW b AS SELECT trim(leading 'x' from status) AS x, trim(both from status || 'a') AS y FROM payments;
-- case: a product with a function that is called as an option of a wildcard
CREATE VIEW v AS SELECT amount * replace(status, 'a', '1')::BIGINT AS x, 2 * replace(ip, '.', '')::BIGINT AS y FROM payments;
-- case: json in a text
CREATE VIEW v AS SELECT status -> 'a' ->> 'b' AS a, status ->> 0 = 'x' AS b, (status ->> 'amount')::DECIMAL(18,2) > 10 AS c FROM payments;
-- case: a network that is none
CREATE VIEW v AS SELECT network_subeq(ip, '10.0.0.0/33') AS a FROM payments;
