-- The strongest outcome of the rules that fire wins; all that fired are listed in the record.

CREATE RULE model_sure ON payment_risk WHEN fraud_score >= 0.9
    THEN decline REASON 'the model is sure';

CREATE RULE model_doubts ON payment_risk WHEN fraud_score >= 0.5
    THEN review REASON 'the model doubts';

CREATE RULE card_testing ON payment_risk WHEN device_cards_1d >= 4 AND device_failures_10m >= 3
    THEN decline REASON 'one device tries many cards';

CREATE RULE probe_then_spend ON payment_risk WHEN card_small_10m >= 3 AND amount > 500
    THEN decline REASON 'large amount right after small ones';

CREATE RULE velocity ON payment_risk WHEN card_payments_1h > 10 AND amount > 3 * card_average_30d
    THEN review REASON 'card velocity';

CREATE RULE guessed_password ON payment_risk WHEN failed_logins_1h >= 3 AND merchant_resells
    THEN challenge REASON 'failed logins before the payment';

-- In shadow it is recorded and does not count: look at what it would do before it goes live.
CREATE RULE abroad ON payment_risk WHEN country_changed AND amount > 200
    THEN challenge REASON 'not where the customer was this month' WITH (mode = 'shadow');
