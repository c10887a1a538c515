-- What a payment looks like beside the past of its card, device, address, customer and merchant. Every window ends
-- at the payment itself, exact to the microsecond.

CREATE VIEW payment_features AS
SELECT
    p.event_id,
    p.payment_id,
    p.occurred_at,
    p.merchant_id,
    p.card_id,
    p.customer_id,
    p.device_id,
    p.ip,
    p.amount,
    p.currency,
    p.country,
    p.status,
    extract(hour FROM p.occurred_at) AS hour,

    -- the card: how fast, how much, how unlike itself
    count(*) OVER card_10m AS card_payments_10m,
    count(*) OVER card_1h AS card_payments_1h,
    count(*) FILTER (WHERE p.amount < 10) OVER card_10m AS card_small_10m,
    count(*) FILTER (WHERE p.status = 'failed') OVER card_past_1h AS card_failures_1h,
    sum(p.amount) OVER card_1d AS card_amount_1d,
    count(DISTINCT p.merchant_id) OVER card_7d AS card_merchants_7d,
    avg(p.amount) OVER card_30d AS card_average_30d,
    stddev(p.amount) OVER card_30d AS card_deviation_30d,
    max(p.amount) OVER card_past_30d AS card_largest_30d,
    lag(p.amount) OVER (PARTITION BY p.card_id ORDER BY p.occurred_at) AS card_previous_amount,

    -- the device and the address: who else uses them, and since when
    count(*) OVER device_1h AS device_payments_1h,
    count(DISTINCT p.card_id) OVER device_1d AS device_cards_1d,
    count(*) FILTER (WHERE p.status = 'failed') OVER device_past_10m AS device_failures_10m,
    count(*) OVER device_30d AS device_payments_30d,
    count(DISTINCT p.card_id) OVER ip_1d AS ip_cards_1d,

    -- the customer: habits over a month
    count(*) OVER customer_30d AS customer_payments_30d,
    sum(p.amount) OVER customer_1d AS customer_amount_1d,
    count(DISTINCT p.device_id) OVER customer_7d AS customer_devices_7d,
    count(DISTINCT p.country) OVER customer_7d AS customer_countries_7d,
    first_value(p.country) OVER customer_30d <> p.country AS country_changed,

    -- the merchant: what it sells, and how its payments end
    m.category AS merchant_category,
    m.category IN ('electronics', 'gift_cards', 'travel') AS merchant_resells,
    m.country <> p.country AS merchant_is_abroad,
    avg(p.amount) OVER merchant_7d AS merchant_average_7d,
    (SELECT count(*) FROM chargebacks c WHERE c.merchant_id = p.merchant_id
        AND c.occurred_at BETWEEN p.occurred_at - INTERVAL '30 days' AND p.occurred_at) AS merchant_chargebacks_30d,

    -- who knocked before
    (SELECT count(*) FROM logins l WHERE l.customer_id = p.customer_id AND NOT l.ok
        AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS failed_logins_1h
FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.merchant_id
WINDOW
    card_10m AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '10 minutes' PRECEDING AND CURRENT ROW),
    card_1h AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    card_past_1h AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW),
    card_1d AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    card_7d AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW),
    card_30d AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    card_past_30d AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW),
    device_past_10m AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '10 minutes' PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW),
    device_1h AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    device_1d AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    device_30d AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    ip_1d AS (PARTITION BY p.ip ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    customer_1d AS (PARTITION BY p.customer_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    customer_7d AS (PARTITION BY p.customer_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW),
    customer_30d AS (PARTITION BY p.customer_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    merchant_7d AS (PARTITION BY p.merchant_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW);
