-- The features that the handbook publishes, under their published names in lower case. Customer windows are (t - w, t],
-- terminal windows (t - 7 days - w, t - 7 days]: a terminal's risk is of labels that are known.

CREATE VIEW transaction_features AS
SELECT
    t."TRANSACTION_ID" AS transaction_id,
    t."TX_DATETIME" AS tx_datetime,
    t."CUSTOMER_ID" AS customer_id,
    t."TERMINAL_ID" AS terminal_id,
    t."TX_AMOUNT" AS tx_amount,
    CASE WHEN extract(isodow FROM t."TX_DATETIME") >= 6 THEN 1 ELSE 0 END AS tx_during_weekend,
    CASE WHEN extract(hour FROM t."TX_DATETIME") <= 6 THEN 1 ELSE 0 END AS tx_during_night,
    count(*) OVER customer_1d AS customer_id_nb_tx_1day_window,
    avg(t."TX_AMOUNT") OVER customer_1d AS customer_id_avg_amount_1day_window,
    count(*) OVER customer_7d AS customer_id_nb_tx_7day_window,
    avg(t."TX_AMOUNT") OVER customer_7d AS customer_id_avg_amount_7day_window,
    count(*) OVER customer_30d AS customer_id_nb_tx_30day_window,
    avg(t."TX_AMOUNT") OVER customer_30d AS customer_id_avg_amount_30day_window,
    count(*) OVER terminal_1d AS terminal_id_nb_tx_1day_window,
    coalesce((SELECT avg(l.fraud) FROM labels l WHERE l.terminal_id = t."TERMINAL_ID"
        AND l.transacted_at > t."TX_DATETIME" - INTERVAL '8 days'
        AND l.transacted_at <= t."TX_DATETIME" - INTERVAL '7 days'), 0) AS terminal_id_risk_1day_window,
    count(*) OVER terminal_7d AS terminal_id_nb_tx_7day_window,
    coalesce((SELECT avg(l.fraud) FROM labels l WHERE l.terminal_id = t."TERMINAL_ID"
        AND l.transacted_at > t."TX_DATETIME" - INTERVAL '14 days'
        AND l.transacted_at <= t."TX_DATETIME" - INTERVAL '7 days'), 0) AS terminal_id_risk_7day_window,
    count(*) OVER terminal_30d AS terminal_id_nb_tx_30day_window,
    coalesce((SELECT avg(l.fraud) FROM labels l WHERE l.terminal_id = t."TERMINAL_ID"
        AND l.transacted_at > t."TX_DATETIME" - INTERVAL '37 days'
        AND l.transacted_at <= t."TX_DATETIME" - INTERVAL '7 days'), 0) AS terminal_id_risk_30day_window
FROM transactions t
WINDOW
    customer_1d AS (PARTITION BY t."CUSTOMER_ID" ORDER BY t."TX_DATETIME"
        RANGE BETWEEN INTERVAL '1 day' - INTERVAL '1 microsecond' PRECEDING AND CURRENT ROW),
    customer_7d AS (PARTITION BY t."CUSTOMER_ID" ORDER BY t."TX_DATETIME"
        RANGE BETWEEN INTERVAL '7 days' - INTERVAL '1 microsecond' PRECEDING AND CURRENT ROW),
    customer_30d AS (PARTITION BY t."CUSTOMER_ID" ORDER BY t."TX_DATETIME"
        RANGE BETWEEN INTERVAL '30 days' - INTERVAL '1 microsecond' PRECEDING AND CURRENT ROW),
    terminal_1d AS (PARTITION BY t."TERMINAL_ID" ORDER BY t."TX_DATETIME"
        RANGE BETWEEN INTERVAL '8 days' - INTERVAL '1 microsecond' PRECEDING AND INTERVAL '7 days' PRECEDING),
    terminal_7d AS (PARTITION BY t."TERMINAL_ID" ORDER BY t."TX_DATETIME"
        RANGE BETWEEN INTERVAL '14 days' - INTERVAL '1 microsecond' PRECEDING AND INTERVAL '7 days' PRECEDING),
    terminal_30d AS (PARTITION BY t."TERMINAL_ID" ORDER BY t."TX_DATETIME"
        RANGE BETWEEN INTERVAL '37 days' - INTERVAL '1 microsecond' PRECEDING AND INTERVAL '7 days' PRECEDING);
