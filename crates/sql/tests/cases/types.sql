-- case: varchar with a length
CREATE STREAM s (id VARCHAR(20) PRIMARY KEY, at TIMESTAMPTZ);
-- case: char
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, c CHAR(3));
-- case: timestamp without a zone
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMP);
-- case: real
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r REAL);
-- case: decimal without digits
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r DECIMAL);
-- case: too many digits
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r DECIMAL(39,2));
-- case: more digits after the point than in all
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r DECIMAL(4,5));
-- case: json
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r JSONB);
-- case: uuid
CREATE STREAM s (id UUID PRIMARY KEY, at TIMESTAMPTZ);
-- case: an array
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, tags TEXT[]);
-- case: money
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r MONEY);
-- case: an interval column
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r INTERVAL);
-- case: an unknown type
CREATE STREAM s (id TEXT PRIMARY KEY, at TIMESTAMPTZ, r STRNG);
