-- What comes in: attempts to pay, logins, and disputes that issuers open days later.

CREATE STREAM payments (
    event_id TEXT PRIMARY KEY,
    payment_id TEXT,
    occurred_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,
    merchant_id TEXT,
    card_id TEXT,
    customer_id TEXT,
    device_id TEXT,
    ip TEXT,
    amount DECIMAL(18,2),
    currency TEXT,
    method TEXT,
    gateway TEXT,
    status TEXT,
    country TEXT,
    shipping_address TEXT
) WITH (
    event_time = 'occurred_at',
    arrival_time = 'received_at',
    allowed_lateness = '1 hour',
    dedupe = '1 day',
    hot = '7 days',
    pii = 'card_id: token, ip: keep'
);

CREATE STREAM logins (
    event_id TEXT PRIMARY KEY,
    occurred_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,
    customer_id TEXT,
    device_id TEXT,
    ip TEXT,
    ok BOOLEAN
) WITH (event_time = 'occurred_at', arrival_time = 'received_at', allowed_lateness = '1 hour');

CREATE STREAM chargebacks (
    event_id TEXT PRIMARY KEY,
    payment_id TEXT,
    occurred_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,
    merchant_id TEXT,
    card_id TEXT,
    customer_id TEXT,
    amount DECIMAL(18,2),
    reason TEXT
) WITH (
    event_time = 'occurred_at',
    arrival_time = 'received_at',
    allowed_lateness = '1 hour',
    pii = 'card_id: token'
);

CREATE TABLE merchants (
    id TEXT PRIMARY KEY,
    name TEXT,
    category TEXT,
    country TEXT,
    onboarded_on DATE
) FROM file('merchants.csv');
