-- The second run: the model that was trained on the first one's features, scored in the stream.

CREATE MODEL fraud FROM 'models/fraud.json';

CREATE VIEW scored_transactions AS SELECT *, predict('fraud') AS fraud_score FROM transaction_features;

CREATE DECISION transaction_risk ON scored_transactions OUTCOMES (approve, review);

CREATE RULE model_doubts ON transaction_risk WHEN fraud_score >= 0.5 THEN review REASON 'the model doubts';

CREATE SINK scores ON transaction_risk TO file('out/scores.parquet');
