CREATE VIEW features AS SELECT *, count(*) OVER card_1h AS card_payments_1h,
    avg(amount) OVER (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '30 days' PRECEDING) AS card_average_30d
FROM payments WINDOW card_1h AS (PARTITION BY card_id ORDER BY occurred_at RANGE INTERVAL '1 hour' PRECEDING);
CREATE DECISION risk ON features OUTCOMES (approve, review, decline);
