-- What our functions mean in PostgreSQL's own terms, for those that it has under another name, of other types or not at all.
-- A schema of their own is looked at before what the server brings.
CREATE SCHEMA IF NOT EXISTS contrib;
CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA contrib;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch SCHEMA contrib;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA contrib;
CREATE SCHEMA IF NOT EXISTS oracle;
SET search_path = oracle, contrib, pg_catalog;

-- Hashes and encodings: ours take and give text.
CREATE OR REPLACE FUNCTION oracle.sha224(a text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT encode(sha224(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.sha256(a text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT encode(sha256(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.sha384(a text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT encode(sha384(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.sha512(a text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT encode(sha512(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.digest(a text, f text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT encode(contrib.digest(convert_to(a, 'UTF8'), f), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.hmac(a text, k text, f text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT encode(contrib.hmac(convert_to(a, 'UTF8'), convert_to(k, 'UTF8'), f), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.encode(a text, f text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT encode(convert_to(a, 'UTF8'), f) $$;
CREATE OR REPLACE FUNCTION oracle.decode(a text, f text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT convert_from(pg_catalog.decode(a, f), 'UTF8') $$;
-- Bit by bit, by the polynomial.
CREATE OR REPLACE FUNCTION oracle.crc32(a text) RETURNS bigint LANGUAGE plpgsql STRICT AS $$
DECLARE
    bytes bytea := convert_to(a, 'UTF8');
    crc bigint := 4294967295;
BEGIN
    FOR place IN 0 .. length(bytes) - 1 LOOP
        crc := crc # get_byte(bytes, place);
        FOR bit IN 1 .. 8 LOOP
            crc := CASE WHEN crc & 1 = 1 THEN (crc >> 1) # 3988292384 ELSE crc >> 1 END;
        END LOOP;
    END LOOP;
    RETURN crc # 4294967295;
END $$;
CREATE OR REPLACE FUNCTION oracle.url_encode(a text) RETURNS text LANGUAGE sql STRICT AS $$
    SELECT coalesce(string_agg(CASE
        WHEN chr(byte) ~ '^[-A-Za-z0-9._~]$' AND byte < 128 THEN chr(byte)
        ELSE '%' || upper(lpad(to_hex(byte), 2, '0')) END, '' ORDER BY place), '')
    FROM (SELECT place, nullif(get_byte(convert_to(a, 'UTF8'), place), 0) AS byte
        FROM generate_series(0, octet_length(a) - 1) AS place) AS bytes $$;
CREATE OR REPLACE FUNCTION oracle.url_decode(a text) RETURNS text LANGUAGE plpgsql STRICT AS $$
BEGIN
    IF a ~ '%(?![0-9A-Fa-f]{2})' THEN RAISE SQLSTATE '22P02'; END IF;
    RETURN convert_from(coalesce((SELECT string_agg(CASE WHEN part[1] LIKE '\%__' THEN pg_catalog.decode(substr(part[1], 2), 'hex')
        ELSE convert_to(part[1], 'UTF8') END, ''::bytea) FROM regexp_matches(a, '%[0-9A-Fa-f]{2}|[^%]+', 'g') AS part), ''), 'UTF8');
END $$;

-- A double's shortest text has all its digits; a cast to numeric keeps 15 of them.
CREATE OR REPLACE FUNCTION oracle.log(b double precision, a double precision) RETURNS double precision LANGUAGE sql STRICT AS
    $$ SELECT log(b::text::numeric, a::text::numeric)::double precision $$;

-- Likeness. PostgreSQL leaves open by how much a distance above the limit is above it.
CREATE OR REPLACE FUNCTION oracle.levenshtein_less_equal(a text, b text, most bigint) RETURNS bigint LANGUAGE plpgsql STRICT AS $$
BEGIN
    IF most < 0 THEN RAISE SQLSTATE '22023'; END IF;
    RETURN least(levenshtein(a, b)::bigint, most + 1);
END $$;
-- PostgreSQL's compares what stands in memory when a text has no code.
CREATE OR REPLACE FUNCTION oracle.difference(a text, b text) RETURNS int LANGUAGE sql STRICT AS
    $$ SELECT CASE WHEN soundex(a) = '' OR soundex(b) = '' THEN 0 ELSE contrib.difference(a, b) END $$;
CREATE OR REPLACE FUNCTION oracle.jaro_winkler(a text, b text) RETURNS double precision LANGUAGE plpgsql STRICT AS $$
DECLARE
    reach int := greatest(greatest(length(a), length(b)) / 2 - 1, 0);
    mine text := '';
    taken boolean[] := array_fill(false, ARRAY[length(b) + 1]);
    yours text := '';
    m double precision;
    moved double precision;
    jaro double precision;
    prefix int := 0;
BEGIN
    IF greatest(length(a), length(b)) > 255 THEN RAISE SQLSTATE '22023'; END IF;
    IF a = '' AND b = '' THEN RETURN 1; END IF;
    FOR i IN 1 .. length(a) LOOP
        FOR j IN greatest(1, i - reach) .. least(length(b), i + reach) LOOP
            IF NOT taken[j] AND substr(a, i, 1) = substr(b, j, 1) THEN
                taken[j] := true;
                mine := mine || substr(a, i, 1);
                EXIT;
            END IF;
        END LOOP;
    END LOOP;
    FOR j IN 1 .. length(b) LOOP
        IF taken[j] THEN yours := yours || substr(b, j, 1); END IF;
    END LOOP;
    m := length(mine);
    IF m = 0 THEN RETURN 0; END IF;
    SELECT count(*) / 2.0::double precision INTO moved FROM generate_series(1, length(mine)) AS i
        WHERE substr(mine, i, 1) <> substr(yours, i, 1);
    jaro := (m / length(a) + m / length(b) + (m - moved) / m) / 3;
    WHILE prefix < 4 AND prefix < least(length(a), length(b)) AND substr(a, prefix + 1, 1) = substr(b, prefix + 1, 1) LOOP
        prefix := prefix + 1;
    END LOOP;
    RETURN jaro + prefix * 0.1::double precision * (1 - jaro);
END $$;

-- Text.
CREATE OR REPLACE FUNCTION oracle.normalize(a text, form text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT pg_catalog.normalize(a, form) $$;
CREATE OR REPLACE FUNCTION oracle.unaccent(a text) RETURNS text LANGUAGE sql STRICT AS
    $$ SELECT normalize(regexp_replace(normalize(a, NFD), '[\u0300-\u036f]', '', 'g'), NFC) $$;
CREATE OR REPLACE FUNCTION oracle.bit_not(a bigint) RETURNS bigint LANGUAGE sql STRICT AS $$ SELECT ~a $$;
CREATE OR REPLACE FUNCTION oracle.split_count(a text, s text) RETURNS bigint LANGUAGE sql STRICT AS
    $$ SELECT cardinality(string_to_array(a, s)) $$;
CREATE OR REPLACE FUNCTION oracle.split_position(a text, s text, p text) RETURNS bigint LANGUAGE sql STRICT AS
    $$ SELECT array_position(string_to_array(a, s), p) $$;
CREATE OR REPLACE FUNCTION oracle.split_contains(a text, s text, p text) RETURNS boolean LANGUAGE sql STRICT AS
    $$ SELECT p = ANY (string_to_array(a, s)) $$;
