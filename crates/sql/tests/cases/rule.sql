-- with: preludes/base.sql
-- with: preludes/decision.sql
-- case: a rule
CREATE RULE r ON risk WHEN card_payments_1h > 10 /* often */ AND features.amount > 3 * risk.card_average_30d AND amount > 5
    THEN review REASON 'it''s fast' WITH (mode = 'shadow');
-- case: a rule in the mode live
CREATE RULE "R 1" ON risk WHEN status IN ('a', 'b') OR true THEN decline WITH (mode = 'live');
-- case: rules of two decisions share a name
CREATE DECISION other ON features OUTCOMES (yes, no);
CREATE RULE r ON risk WHEN amount > 1 THEN review;
CREATE RULE r ON other WHEN amount > 2 THEN no;
-- case: an unknown decision
CREATE RULE r ON rsk WHEN amount > 1 THEN review;
-- case: a view in place of a decision
CREATE RULE r ON features WHEN amount > 1 THEN review;
-- case: an unknown outcome
CREATE RULE r ON risk WHEN amount > 1 THEN reviw;
-- case: an unknown column
CREATE RULE r ON risk WHEN amuont > 1 THEN review;
-- case: no condition
CREATE RULE r ON risk WHEN amount THEN review;
-- case: a comparison of two types
CREATE RULE r ON risk WHEN amount > 10 AND status > 5 THEN review;
-- case: an unknown mode
CREATE RULE r ON risk WHEN amount > 1 THEN review WITH (mode = 'dark');
-- case: an unknown option
CREATE RULE r ON risk WHEN amount > 1 THEN review WITH (priority = '1');
-- case: a window in a rule
CREATE RULE r ON risk WHEN count(*) OVER (PARTITION BY card_id ORDER BY occurred_at) > 1 THEN review;
-- case: a subquery in a rule
CREATE RULE r ON risk WHEN (SELECT count(*) FROM logins) > 1 THEN review;
-- case: a model in a rule
CREATE RULE r ON risk WHEN predict('fraud') > 0.5 THEN review;
-- case: no outcome
CREATE RULE r ON risk WHEN amount > 1;
-- case: a reason without quotes
CREATE RULE r ON risk WHEN amount > 1 THEN review REASON fast;
-- case: an unknown relation
CREATE RULE r ON risk WHEN payments.amount > 1 THEN review;
-- case: a rule twice
CREATE RULE r ON risk WHEN amount > 1 THEN review;
CREATE RULE r ON risk WHEN amount > 2 THEN review;
