-- The events. The primary key recognises repeats; the event time orders the windows.
CREATE STREAM payments (
    event_id    TEXT PRIMARY KEY,
    occurred_at TIMESTAMPTZ,
    card_id     TEXT,
    merchant_id TEXT,
    amount      DECIMAL(18,2),
    status      TEXT
) WITH (event_time = 'occurred_at', allowed_lateness = '1 hour', dedupe = '1 day', pii = 'card_id: token');

-- Reference data, as of each event.
CREATE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('merchants.csv');
