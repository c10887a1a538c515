-- The first run: every transaction's features go to Parquet, to compare and to train on.

CREATE DECISION collected ON transaction_features OUTCOMES (seen, flagged);

CREATE SINK features ON collected TO file('out/features.parquet');
