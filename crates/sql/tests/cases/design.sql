-- case: the example of the design
CREATE STREAM payments (
    event_id TEXT PRIMARY KEY, payment_id TEXT, occurred_at TIMESTAMPTZ, merchant_id TEXT, card_id TEXT, device_id TEXT, ip TEXT,
    amount DECIMAL(18,2), currency TEXT, method TEXT, gateway TEXT, status TEXT, shipping_address TEXT
) WITH (event_time = 'occurred_at', allowed_lateness = '1 hour', dedupe = '1 day', hot = '7 days', pii = 'card_id: token, ip: keep');

CREATE STREAM logins (login_id TEXT PRIMARY KEY, card_id TEXT, occurred_at TIMESTAMPTZ, ok BOOLEAN);

CREATE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('merchants.csv');

CREATE VIEW payment_features AS
SELECT p.*,
    count(*)                     OVER card_1h           AS card_payments_1h,
    sum(amount)                  OVER card_1d           AS card_amount_1d,
    count(DISTINCT merchant_id)  OVER card_7d           AS card_merchants_7d,
    avg(amount)                  OVER card_30d          AS card_average_30d,
    count(*) FILTER (WHERE status = 'failed') OVER device_10m AS device_failures_10m,
    (SELECT count(*) FROM logins l WHERE l.card_id = p.card_id AND NOT l.ok
        AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS failed_logins_1h,
    m.category AS merchant_category
FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.merchant_id
WINDOW card_1h AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    card_1d AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    card_7d AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW),
    card_30d AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    device_10m AS (PARTITION BY device_id ORDER BY occurred_at RANGE INTERVAL '10 minutes' PRECEDING);

CREATE MODEL fraud FROM 'models/fraud.json';                 -- XGBoost, by content
CREATE VIEW scored AS SELECT *, predict('fraud') AS fraud_score FROM payment_features;

CREATE DECISION payment_risk ON scored OUTCOMES (approve, challenge, review, decline);   -- the first is the default, the last is the strongest
CREATE RULE velocity ON payment_risk WHEN card_payments_1h > 10 AND amount > 3 * card_average_30d
    THEN review REASON 'card velocity' WITH (mode = 'shadow');
CREATE SINK fraud ON payment_risk WHERE outcome <> 'approve' TO file('out/fraud.ndjson');
