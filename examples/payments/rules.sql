-- The strongest outcome of the rules that fire wins; all that fired are listed in the record.

CREATE RULE model_sure ON payment_risk WHEN fraud_score >= 0.9
    THEN decline REASON 'the model is sure';

CREATE RULE model_doubts ON payment_risk WHEN fraud_score >= 0.5
    THEN review REASON 'the model doubts';

-- A stand takes many cards on one device too; but there most of them work.
CREATE RULE card_testing ON payment_risk
    WHEN device_cards_1d >= 4 AND device_failures_1h >= 3 AND 2 * device_failures_1h >= device_payments_1h
    THEN decline REASON 'one device tries many cards';

CREATE RULE probe_then_spend ON payment_risk WHEN card_small_1h >= 2 AND account_hours < 24 AND amount > 300
    THEN decline REASON 'large amount right after small ones';

CREATE RULE velocity ON payment_risk WHEN card_payments_1h > 10 AND amount > 3 * card_average_30d
    THEN review REASON 'card velocity';

-- Who forgot the password comes back on a device that is known.
CREATE RULE guessed_password ON payment_risk
    WHEN failed_logins_1h >= 3 AND customer_device_payments_30d = 1 AND merchant_resells
    THEN challenge REASON 'failed logins, then a new device';

CREATE RULE device_farm ON payment_risk WHEN device_new_accounts_1d >= 4 AND discount_share > 0.1
    THEN review REASON 'one device opens many accounts';

CREATE RULE two_places ON payment_risk WHEN swiped AND card_moved AND card_idle_hours < 2
    THEN challenge REASON 'the card was elsewhere just before';

-- In shadow a rule is recorded and does not count: look at what it would do before it goes live.
CREATE RULE abroad ON payment_risk WHEN abroad AND amount > 200
    THEN challenge REASON 'not where the customer lives' WITH (mode = 'shadow');

CREATE RULE nothing_arrives ON payment_risk WHEN customer_lost_60d >= 2 AND ships_elsewhere
    THEN review REASON 'says again and again that nothing came' WITH (mode = 'shadow');
