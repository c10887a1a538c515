CREATE VIEW payment_features AS
SELECT p.*,
    count(*)    OVER card_1h                                   AS card_payments_1h,
    sum(amount) OVER card_1d                                   AS card_amount_1d,
    avg(amount) OVER card_30d                                  AS card_average_30d,
    count(DISTINCT merchant_id) OVER card_1d                   AS card_merchants_1d,
    count(*) FILTER (WHERE status = 'failed') OVER card_1h     AS card_failures_1h,
    m.category                                                 AS merchant_category
FROM payments p LEFT JOIN merchants FOR SYSTEM_TIME AS OF p.occurred_at AS m ON m.id = p.merchant_id
WINDOW
    card_1h  AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    card_1d  AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    card_30d AS (PARTITION BY card_id ORDER BY occurred_at RANGE BETWEEN INTERVAL '30 days' PRECEDING AND CURRENT ROW);
