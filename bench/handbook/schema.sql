-- The handbook's card transactions, and what became of each, known seven days later.

CREATE STREAM transactions (
    "TRANSACTION_ID" BIGINT PRIMARY KEY,
    "TX_DATETIME" TIMESTAMPTZ,
    "CUSTOMER_ID" BIGINT,
    "TERMINAL_ID" BIGINT,
    "TX_AMOUNT" DOUBLE
) WITH (event_time = 'TX_DATETIME');

-- A label belongs to its transaction's time and arrives a week later: that is not late.
CREATE STREAM labels (
    transaction_id BIGINT PRIMARY KEY,
    transacted_at TIMESTAMPTZ,
    terminal_id BIGINT,
    fraud DOUBLE,
    known_at TIMESTAMPTZ
) WITH (event_time = 'transacted_at', arrival_time = 'known_at', allowed_lateness = '7 days');
