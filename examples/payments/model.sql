-- A model that XGBoost trained on the view's own columns (train.py), scored for every payment.

CREATE MODEL fraud FROM 'models/fraud.json';

CREATE VIEW scored_payments AS SELECT *, predict('fraud') AS fraud_score FROM payment_features;
