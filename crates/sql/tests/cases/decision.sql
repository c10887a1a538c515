-- with: preludes/base.sql
-- with: preludes/decision.sql
-- case: a decision
CREATE DECISION d ON features OUTCOMES (Approve, "Send To Review", decline);
-- case: one outcome
CREATE DECISION d ON features OUTCOMES (approve);
-- case: an outcome twice
CREATE DECISION d ON features OUTCOMES (approve, review, APPROVE);
-- case: too many outcomes
CREATE DECISION d ON features OUTCOMES (a0,a1,a2,a3,a4,a5,a6,a7,a8,a9,b0,b1,b2,b3,b4,b5,b6,b7,b8,b9,c0,c1,c2,c3,c4,c5,c6,c7,c8,c9,d0,d1,d2);
-- case: quoted outcomes
CREATE DECISION d ON features OUTCOMES ('approve', 'decline');
-- case: a decision on a stream
CREATE DECISION d ON payments OUTCOMES (approve, decline);
-- case: a decision on a table
CREATE DECISION d ON merchants OUTCOMES (approve, decline);
-- case: a decision on nothing
CREATE DECISION d ON feature OUTCOMES (approve, decline);
-- case: no outcomes
CREATE DECISION d ON features;
-- case: a name that a view has
CREATE DECISION features ON features OUTCOMES (approve, decline);
-- case: an outcome that stands for no row
CREATE VIEW v AS SELECT amount FROM payments;
CREATE DECISION d ON v OUTCOMES (approve, not_applicable);
