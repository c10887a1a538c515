-- with: preludes/base.sql
-- case: features by name
CREATE MODEL fraud FROM 'models/fraud.json';
CREATE VIEW f AS SELECT *, count(*) OVER (PARTITION BY card_id ORDER BY occurred_at) AS card_payments_1h FROM payments;
CREATE VIEW v AS SELECT predict('fraud') AS score, predict('fraud') > 0.5 AS risky FROM f;
-- case: features in the case of the model
CREATE MODEL upper FROM file('models/upper.json');
CREATE VIEW f AS SELECT amount AS "TX_AMOUNT", status = 'failed' AS night FROM payments;
CREATE VIEW v AS SELECT predict('upper') AS score FROM f;
-- case: features as arguments
CREATE MODEL nameless FROM 'models/nameless.json';
CREATE VIEW v AS SELECT predict('nameless', amount * 2, status = 'failed') AS score FROM payments;
-- case: features as arguments of a model with names
CREATE MODEL fraud FROM 'models/fraud.json';
CREATE VIEW v AS SELECT predict('fraud', amount, 3) AS score FROM payments;
-- case: missing features
CREATE MODEL fraud FROM 'models/fraud.json';
CREATE VIEW v AS SELECT predict('fraud') AS score, 1 AS card_payments_1h FROM payments;
-- case: a text feature
CREATE MODEL fraud FROM 'models/fraud.json';
CREATE VIEW f AS SELECT status AS amount, 3 AS card_payments_1h FROM payments;
CREATE VIEW v AS SELECT predict('fraud') AS score FROM f;
-- case: a text argument
CREATE MODEL nameless FROM 'models/nameless.json';
CREATE VIEW v AS SELECT predict('nameless', amount, status) AS score FROM payments;
-- case: too few arguments
CREATE MODEL nameless FROM 'models/nameless.json';
CREATE VIEW v AS SELECT predict('nameless', amount) AS score FROM payments;
-- case: a model without names
CREATE MODEL nameless FROM 'models/nameless.json';
CREATE VIEW v AS SELECT predict('nameless') AS score FROM payments;
-- case: an unknown model
CREATE VIEW v AS SELECT predict('frod') AS score FROM payments;
-- case: a model by a column
CREATE VIEW v AS SELECT predict(status) AS score FROM payments;
-- case: no model
CREATE VIEW v AS SELECT predict() AS score FROM payments;
-- case: a model over a window
CREATE MODEL fraud FROM 'models/fraud.json';
CREATE VIEW v AS SELECT predict('fraud') OVER (PARTITION BY card_id ORDER BY occurred_at) AS score FROM payments;
-- case: a file that is no model
CREATE MODEL broken FROM 'models/broken.json';
-- case: a file that is not there
CREATE MODEL missing FROM 'models/missing.json';
-- case: a model without a file
CREATE MODEL missing;
