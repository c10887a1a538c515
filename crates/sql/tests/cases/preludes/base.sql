CREATE STREAM payments (
    event_id TEXT PRIMARY KEY, payment_id TEXT, occurred_at TIMESTAMPTZ, merchant_id TEXT, card_id TEXT, device_id TEXT, ip TEXT,
    amount DECIMAL(18,2), currency TEXT, method TEXT, gateway TEXT, status TEXT, shipping_address TEXT
) WITH (event_time = 'occurred_at', allowed_lateness = '1 hour', dedupe = '1 day', hot = '7 days', pii = 'card_id: token, ip: keep');

CREATE STREAM logins (login_id BIGINT PRIMARY KEY, card_id TEXT, occurred_at TIMESTAMPTZ, ok BOOLEAN, score DOUBLE);

CREATE TABLE merchants (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('merchants.csv');
