-- What comes in: attempts to pay, what people do to their accounts, money that goes back, disputes that issuers open
-- weeks later, and what analysts made of them. A payment has the hundred columns that a gateway records; the features
-- read a quarter of them, and the others are kept for people. Only the key and the time must be there.

CREATE STREAM payments (
    event_id TEXT PRIMARY KEY,
    payment_id TEXT,
    occurred_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,

    -- who pays whom
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

    -- the order
    order_id TEXT,
    attempt BIGINT,
    channel TEXT,
    api_version TEXT,
    request_id TEXT,
    idempotency_key TEXT,
    session_id TEXT,
    session_seconds BIGINT,

    -- the money
    settlement_currency TEXT,
    settlement_amount DECIMAL(18,2),
    exchange_rate DECIMAL(12,6),
    fee_amount DECIMAL(18,2),
    fee_percent DECIMAL(5,2),
    interchange_amount DECIMAL(18,2),
    scheme_fee DECIMAL(18,2),
    tax_amount DECIMAL(18,2),
    tip_amount DECIMAL(18,2),
    discount_amount DECIMAL(18,2),
    shipping_amount DECIMAL(18,2),
    gift_card_amount DECIMAL(18,2),
    installments BIGINT,

    -- the card
    card_network TEXT,
    card_funding TEXT,
    card_level TEXT,
    card_bin TEXT,
    card_last4 TEXT,
    card_expiry_month BIGINT,
    card_expiry_year BIGINT,
    card_issuer TEXT,
    card_issuer_country TEXT,
    card_added_at TIMESTAMPTZ,
    wallet TEXT,
    network_token BOOLEAN,
    entry_mode TEXT,

    -- what the issuer said
    response_code TEXT,
    decline_reason TEXT,
    authorisation_code TEXT,
    authorised_in_ms BIGINT,
    cvv_result TEXT,
    avs_result TEXT,
    three_ds_status TEXT,
    three_ds_version TEXT,
    three_ds_flow TEXT,
    eci TEXT,
    liability_shift BOOLEAN,
    network_transaction_id TEXT,

    -- the way that the money takes
    acquirer TEXT,
    acquirer_bin TEXT,
    terminal_id TEXT,
    mcc TEXT,
    descriptor TEXT,
    route TEXT,

    -- the customer's account
    customer_created_at TIMESTAMPTZ,
    email TEXT,
    email_domain TEXT,
    email_verified BOOLEAN,
    phone_country TEXT,
    phone_verified BOOLEAN,
    customer_tier TEXT,
    customer_language TEXT,
    marketing_consent BOOLEAN,
    saved_cards BIGINT,

    -- addresses
    billing_city TEXT,
    billing_postcode TEXT,
    billing_country TEXT,
    shipping_address TEXT,
    shipping_city TEXT,
    shipping_postcode TEXT,
    shipping_country TEXT,
    shipping_method TEXT,

    -- the device
    user_agent TEXT,
    browser TEXT,
    os TEXT,
    app_version TEXT,
    screen TEXT,
    device_language TEXT,
    device_timezone TEXT,
    ip_asn BIGINT,
    ip_is_proxy BOOLEAN,

    -- the basket, how the customer came, and what a vendor thinks
    items BIGINT,
    top_sku TEXT,
    coupon_code TEXT,
    campaign TEXT,
    referrer TEXT,
    vendor_score DOUBLE
) WITH (
    event_time = 'occurred_at',
    arrival_time = 'received_at',
    allowed_lateness = '1 hour',
    dedupe = '1 day',
    hot = '7 days',
    pii = 'card_id: token, email: token, ip: keep'
);

-- What somebody did to an account: `login`, `password_reset` or `address_change`.
CREATE STREAM logins (
    event_id TEXT PRIMARY KEY,
    occurred_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,
    customer_id TEXT,
    device_id TEXT,
    ip TEXT,
    action TEXT,
    ok BOOLEAN
) WITH (event_time = 'occurred_at', arrival_time = 'received_at', allowed_lateness = '1 hour');

CREATE STREAM refunds (
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

-- Closed cases: the kind of fraud that a payment was, or `none`. No feature reads it; train.py learns from it.
CREATE STREAM labels (
    event_id TEXT PRIMARY KEY,
    payment_id TEXT,
    occurred_at TIMESTAMPTZ,
    received_at TIMESTAMPTZ,
    customer_id TEXT,
    kind TEXT,
    source TEXT
) WITH (event_time = 'occurred_at', arrival_time = 'received_at', allowed_lateness = '1 hour');

CREATE TABLE merchants (
    id TEXT PRIMARY KEY,
    name TEXT,
    category TEXT,
    country TEXT,
    onboarded_on DATE,
    risk TEXT
) FROM file('merchants.csv');
