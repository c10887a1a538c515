-- One record for each payment. The first outcome is the default, the last is the strongest.

CREATE DECISION payment_risk ON scored_payments OUTCOMES (approve, challenge, review, decline);
