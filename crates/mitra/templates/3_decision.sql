-- The first outcome is the default, the last one is the strongest.
CREATE DECISION payment_risk ON payment_features OUTCOMES (approve, review, decline);

CREATE RULE velocity ON payment_risk
    WHEN card_payments_1h > 10 AND amount > 3 * card_average_30d
    THEN review REASON 'many payments in an hour and a large one';

CREATE RULE failures ON payment_risk
    WHEN card_failures_1h >= 5
    THEN decline REASON 'five failed payments in an hour';
