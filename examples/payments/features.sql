-- What a payment looks like beside the past of its card, device, address, customer and merchant. Every window ends
-- at the payment itself, exact to the microsecond.

CREATE FUNCTION hours_between(later TIMESTAMPTZ, earlier TIMESTAMPTZ) RETURNS DOUBLE
    RETURN extract(epoch FROM later - earlier)::DOUBLE / 3600;

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

    -- the payment alone
    extract(hour FROM p.occurred_at) AS hour,
    p.amount % 50 = 0 AS amount_is_round,
    p.discount_amount / p.amount AS discount_share,
    hours_between(p.occurred_at, p.customer_created_at) AS account_hours,
    hours_between(p.occurred_at, p.card_added_at) AS card_hours,
    p.entry_mode = 'magstripe' AS swiped,
    p.entry_mode <> 'ecommerce' AS at_counter,
    p.cvv_result = 'N' AS cvv_wrong,
    p.avs_result = 'N' AS address_wrong,
    p.three_ds_status = 'Y' AS authenticated,
    p.country <> p.billing_country AS abroad,
    p.card_issuer_country <> p.country AS issuer_abroad,
    p.shipping_postcode <> p.billing_postcode AS ships_elsewhere,

    -- the card: how fast, how much, how unlike itself, and where
    count(*) OVER card_10m AS card_payments_10m,
    count(*) OVER card_1h AS card_payments_1h,
    count(*) FILTER (WHERE p.amount < 10) OVER card_1h AS card_small_1h,
    count(*) FILTER (WHERE p.status = 'failed') OVER card_past_1h AS card_failures_1h,
    count(*) OVER card_1d AS card_payments_1d,
    sum(p.amount) OVER card_1d AS card_amount_1d,
    count(DISTINCT p.country) OVER card_1d AS card_countries_1d,
    count(DISTINCT p.device_id) OVER card_7d AS card_devices_7d,
    count(DISTINCT p.customer_id) OVER card_7d AS card_accounts_7d,
    avg(p.amount) OVER card_30d AS card_average_30d,
    stddev(p.amount) OVER card_30d AS card_deviation_30d,
    max(p.amount) OVER card_past_30d AS card_largest_30d,
    hours_between(p.occurred_at, lag(p.occurred_at) OVER card_order) AS card_idle_hours,
    lag(p.country) OVER card_order <> p.country AS card_moved,

    -- the device and the address: who else uses them, and since when
    count(*) OVER device_1h AS device_payments_1h,
    count(DISTINCT p.card_id) OVER device_1d AS device_cards_1d,
    count(*) FILTER (WHERE p.status = 'failed') OVER device_1h AS device_failures_1h,
    count(DISTINCT p.customer_id) OVER device_30d AS device_customers_30d,
    count(*) FILTER (WHERE p.occurred_at - p.customer_created_at < INTERVAL '1 hour') OVER device_1d
        AS device_new_accounts_1d,
    count(*) OVER device_30d AS device_payments_30d,
    avg(p.amount) OVER device_30d AS device_average_30d,
    count(DISTINCT p.card_id) OVER ip_1d AS ip_cards_1d,
    count(DISTINCT p.customer_id) OVER ship_30d AS shipping_customers_30d,
    count(*) FILTER (WHERE p.cvv_result = 'N') OVER bin_10m AS bin_wrong_10m,

    -- the customer: habits over a month, and what was given back
    count(*) OVER customer_30d AS customer_payments_30d,
    sum(p.amount) OVER customer_1d AS customer_amount_1d,
    avg(p.amount) OVER customer_30d AS customer_average_30d,
    count(DISTINCT p.device_id) OVER customer_7d AS customer_devices_7d,
    count(*) OVER customer_device_30d AS customer_device_payments_30d,
    count(*) OVER customer_merchant_30d AS customer_merchant_payments_30d,
    (SELECT count(*) FROM refunds r WHERE r.customer_id = p.customer_id
        AND r.occurred_at BETWEEN p.occurred_at - INTERVAL '60 days' AND p.occurred_at) AS customer_refunds_60d,
    (SELECT count(*) FROM refunds r WHERE r.customer_id = p.customer_id AND r.reason = 'not_received'
        AND r.occurred_at BETWEEN p.occurred_at - INTERVAL '60 days' AND p.occurred_at) AS customer_lost_60d,
    (SELECT count(*) FROM chargebacks c WHERE c.customer_id = p.customer_id
        AND c.occurred_at BETWEEN p.occurred_at - INTERVAL '60 days' AND p.occurred_at) AS customer_chargebacks_60d,

    -- who knocked before, and what they changed
    (SELECT count(*) FROM logins l WHERE l.customer_id = p.customer_id AND NOT l.ok
        AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 hour' AND p.occurred_at) AS failed_logins_1h,
    (SELECT count(*) FROM logins l WHERE l.customer_id = p.customer_id AND l.action <> 'login'
        AND l.occurred_at BETWEEN p.occurred_at - INTERVAL '1 day' AND p.occurred_at) AS account_changes_1d,

    -- the merchant: what it sells, how it sells lately, and how its payments end
    m.category AS merchant_category,
    m.category IN ('electronics', 'gift_cards', 'travel') AS merchant_resells,
    CASE m.risk WHEN 'low' THEN 1 WHEN 'medium' THEN 2 WHEN 'high' THEN 3 END AS merchant_risk,
    m.country <> p.country AS merchant_abroad,
    count(*) OVER merchant_1h AS merchant_payments_1h,
    count(*) OVER merchant_1d AS merchant_payments_1d,
    count(*) OVER merchant_7d AS merchant_payments_7d,
    sum(p.amount) OVER merchant_1d / sum(p.amount) OVER merchant_7d AS merchant_surge,
    avg(p.amount) OVER merchant_1d / avg(p.amount) OVER merchant_7d AS merchant_drift,
    p.amount / avg(p.amount) OVER merchant_7d AS merchant_ratio,
    count(DISTINCT p.device_id) OVER merchant_7d AS merchant_devices_7d,
    (SELECT count(*) FROM chargebacks c WHERE c.merchant_id = p.merchant_id
        AND c.occurred_at BETWEEN p.occurred_at - INTERVAL '30 days' AND p.occurred_at) AS merchant_chargebacks_30d
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
    card_order AS (PARTITION BY p.card_id ORDER BY p.occurred_at),
    device_1h AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    device_1d AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    device_30d AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    ip_1d AS (PARTITION BY p.ip ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    -- an address is typed in many ways, and a house number with a postcode in one
    ship_30d AS (PARTITION BY p.shipping_postcode, split_part(p.shipping_address, ' ', 1) ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    bin_10m AS (PARTITION BY p.card_bin ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '10 minutes' PRECEDING AND CURRENT ROW),
    customer_1d AS (PARTITION BY p.customer_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    customer_7d AS (PARTITION BY p.customer_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW),
    customer_30d AS (PARTITION BY p.customer_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    customer_device_30d AS (PARTITION BY p.customer_id, p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    customer_merchant_30d AS (PARTITION BY p.customer_id, p.merchant_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW),
    merchant_1h AS (PARTITION BY p.merchant_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    merchant_1d AS (PARTITION BY p.merchant_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    merchant_7d AS (PARTITION BY p.merchant_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '7 days' PRECEDING AND CURRENT ROW);
