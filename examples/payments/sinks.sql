-- What people and other systems look at: every payment that was not simply approved.

CREATE SINK flagged ON payment_risk WHERE outcome <> 'approve' TO file('out/flagged.ndjson');
