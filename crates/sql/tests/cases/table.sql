-- case: csv and ndjson
CREATE TABLE m (id TEXT PRIMARY KEY, category TEXT, onboarded_on DATE) FROM file('merchants.csv');
CREATE TABLE s (id TEXT PRIMARY KEY, name TEXT) FROM file('shops.ndjson');
-- case: a file that is not there
CREATE TABLE m (id TEXT PRIMARY KEY) FROM file('merchant.csv');
-- case: another format
CREATE TABLE m (id TEXT PRIMARY KEY) FROM file('merchants.xlsx');
-- case: no file
CREATE TABLE m (id TEXT PRIMARY KEY);
-- case: another place
CREATE TABLE m (id TEXT PRIMARY KEY) FROM mysql('host');
-- case: no primary key
CREATE TABLE m (id TEXT, category TEXT) FROM file('merchants.csv');
-- case: a card number in a table
CREATE TABLE m (pan TEXT PRIMARY KEY) FROM file('merchants.csv');
