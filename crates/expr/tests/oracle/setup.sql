-- What our functions mean in PostgreSQL's own terms, for those that it has under another name, of other types or not at all.
-- A schema of their own is looked at before what the server brings.
-- SECURITY DEFINER keeps a function from being put into the query, where its casts would raise before a NULL makes it NULL.
CREATE SCHEMA IF NOT EXISTS contrib;
CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA contrib;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch SCHEMA contrib;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA contrib;
CREATE SCHEMA IF NOT EXISTS oracle;
SET search_path = oracle, contrib, pg_catalog;

-- Hashes and encodings: ours take and give text.
CREATE OR REPLACE FUNCTION oracle.sha224(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT encode(sha224(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.sha256(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT encode(sha256(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.sha384(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT encode(sha384(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.sha512(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT encode(sha512(convert_to(a, 'UTF8')), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.digest(a text, f text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT encode(contrib.digest(convert_to(a, 'UTF8'), f), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.hmac(a text, k text, f text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT encode(contrib.hmac(convert_to(a, 'UTF8'), convert_to(k, 'UTF8'), f), 'hex') $$;
CREATE OR REPLACE FUNCTION oracle.encode(a text, f text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT encode(convert_to(a, 'UTF8'), f) $$;
CREATE OR REPLACE FUNCTION oracle.decode(a text, f text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
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
CREATE OR REPLACE FUNCTION oracle.url_encode(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$
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
CREATE OR REPLACE FUNCTION oracle.log(b double precision, a double precision) RETURNS double precision LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT log(b::text::numeric, a::text::numeric)::double precision $$;

-- Likeness. PostgreSQL leaves open by how much a distance above the limit is above it.
CREATE OR REPLACE FUNCTION oracle.levenshtein_less_equal(a text, b text, most bigint) RETURNS bigint LANGUAGE plpgsql STRICT AS $$
BEGIN
    IF most < 0 THEN RAISE SQLSTATE '22023'; END IF;
    RETURN least(levenshtein(a, b)::bigint, most + 1);
END $$;
-- PostgreSQL's compares what stands in memory when a text has no code.
CREATE OR REPLACE FUNCTION oracle.difference(a text, b text) RETURNS int LANGUAGE sql STRICT SECURITY DEFINER AS
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
CREATE OR REPLACE FUNCTION oracle.normalize(a text, form text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT pg_catalog.normalize(a, form) $$;
CREATE OR REPLACE FUNCTION oracle.unaccent(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT normalize(regexp_replace(normalize(a, NFD), '[\u0300-\u036f]', '', 'g'), NFC) $$;
CREATE OR REPLACE FUNCTION oracle.bit_not(a bigint) RETURNS bigint LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT ~a $$;
CREATE OR REPLACE FUNCTION oracle.split_count(a text, s text) RETURNS bigint LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT cardinality(string_to_array(a, s)) $$;
CREATE OR REPLACE FUNCTION oracle.split_position(a text, s text, p text) RETURNS bigint LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT array_position(string_to_array(a, s), p) $$;
CREATE OR REPLACE FUNCTION oracle.split_contains(a text, s text, p text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT p = ANY (string_to_array(a, s)) $$;

-- JSON: ours is text.
CREATE OR REPLACE FUNCTION oracle.json_valid(a text) RETURNS boolean LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM a::json;
    RETURN true;
EXCEPTION WHEN invalid_text_representation THEN RETURN false;
END $$;
CREATE OR REPLACE FUNCTION oracle.json_typeof(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT json_typeof(a::json) $$;
CREATE OR REPLACE FUNCTION oracle.json_array_length(a text) RETURNS int LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT json_array_length(a::json) $$;
CREATE OR REPLACE FUNCTION oracle.json_extract_path(a text, VARIADIC steps text[]) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT CASE WHEN array_position(steps, NULL) IS NULL THEN json_extract_path(a::json, VARIADIC steps)::text END $$;
CREATE OR REPLACE FUNCTION oracle.json_extract_path_text(a text, VARIADIC steps text[]) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT CASE WHEN array_position(steps, NULL) IS NULL THEN json_extract_path_text(a::json, VARIADIC steps) END $$;
CREATE OR REPLACE FUNCTION oracle.json_member(a text, s text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT (a::json -> s)::text $$;
CREATE OR REPLACE FUNCTION oracle.json_member(a text, s int) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT (a::json -> s)::text $$;
CREATE OR REPLACE FUNCTION oracle.json_member_text(a text, s text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::json ->> s $$;
CREATE OR REPLACE FUNCTION oracle.json_member_text(a text, s int) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::json ->> s $$;
DO $$ BEGIN
    CREATE OPERATOR oracle.-> (LEFTARG = text, RIGHTARG = text, FUNCTION = oracle.json_member);
    CREATE OPERATOR oracle.-> (LEFTARG = text, RIGHTARG = int, FUNCTION = oracle.json_member);
    CREATE OPERATOR oracle.->> (LEFTARG = text, RIGHTARG = text, FUNCTION = oracle.json_member_text);
    CREATE OPERATOR oracle.->> (LEFTARG = text, RIGHTARG = int, FUNCTION = oracle.json_member_text);
EXCEPTION WHEN duplicate_function THEN NULL;
END $$;
CREATE OR REPLACE FUNCTION oracle.jsonb_exists(a text, s text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::jsonb ? s $$;
CREATE OR REPLACE FUNCTION oracle.json_strip_nulls(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT json_strip_nulls(a::json)::text $$;
CREATE OR REPLACE FUNCTION oracle.to_json(a anyelement) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT pg_catalog.to_json(a)::text $$;

-- IP networks: ours are text, printed as the type's output does.
CREATE OR REPLACE FUNCTION oracle.is_inet(a text) RETURNS boolean LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM a::inet;
    RETURN true;
EXCEPTION WHEN invalid_text_representation THEN RETURN false;
END $$;
CREATE OR REPLACE FUNCTION oracle.family(a text) RETURNS int LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT family(a::inet) $$;
CREATE OR REPLACE FUNCTION oracle.masklen(a text) RETURNS int LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT masklen(a::inet) $$;
CREATE OR REPLACE FUNCTION oracle.host(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT host(a::inet) $$;
CREATE OR REPLACE FUNCTION oracle.network(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT format('%s', network(a::inet)) $$;
CREATE OR REPLACE FUNCTION oracle.netmask(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT format('%s', netmask(a::inet)) $$;
CREATE OR REPLACE FUNCTION oracle.hostmask(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT format('%s', hostmask(a::inet)) $$;
CREATE OR REPLACE FUNCTION oracle.broadcast(a text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT format('%s', broadcast(a::inet)) $$;
CREATE OR REPLACE FUNCTION oracle.set_masklen(a text, n int) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT format('%s', set_masklen(a::inet, n)) $$;
CREATE OR REPLACE FUNCTION oracle.inet_same_family(a text, b text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT inet_same_family(a::inet, b::inet) $$;
CREATE OR REPLACE FUNCTION oracle.inet_merge(a text, b text) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT format('%s', inet_merge(a::inet, b::inet)) $$;
CREATE OR REPLACE FUNCTION oracle.network_sub(a text, b text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::inet << b::inet $$;
CREATE OR REPLACE FUNCTION oracle.network_subeq(a text, b text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::inet <<= b::inet $$;
CREATE OR REPLACE FUNCTION oracle.network_sup(a text, b text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::inet >> b::inet $$;
CREATE OR REPLACE FUNCTION oracle.network_supeq(a text, b text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::inet >>= b::inet $$;
CREATE OR REPLACE FUNCTION oracle.network_overlap(a text, b text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT a::inet && b::inet $$;
CREATE OR REPLACE FUNCTION oracle.inet_add(a text, n bigint) RETURNS text LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT format('%s', a::inet + n) $$;
CREATE OR REPLACE FUNCTION oracle.inet_difference(a text, b text) RETURNS bigint LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT a::inet - b::inet $$;
CREATE OR REPLACE FUNCTION oracle.inet_is_private(a text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT a::inet <<= ANY (ARRAY['10/8', '172.16/12', '192.168/16', 'fc00::/7']::inet[]) $$;
CREATE OR REPLACE FUNCTION oracle.inet_is_loopback(a text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT a::inet <<= ANY (ARRAY['127/8', '::1']::inet[]) $$;
CREATE OR REPLACE FUNCTION oracle.inet_is_link_local(a text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT a::inet <<= ANY (ARRAY['169.254/16', 'fe80::/10']::inet[]) $$;
CREATE OR REPLACE FUNCTION oracle.inet_is_multicast(a text) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT a::inet <<= ANY (ARRAY['224/4', 'ff00::/8']::inet[]) $$;

-- The globe: earthdistance's haversine, in statute miles of its own radius; bearing and geohash by their definitions.
CREATE EXTENSION IF NOT EXISTS cube SCHEMA contrib;
CREATE EXTENSION IF NOT EXISTS earthdistance SCHEMA contrib;
CREATE OR REPLACE FUNCTION oracle.geo_distance_m(a float8, b float8, c float8, d float8) RETURNS float8 LANGUAGE plpgsql STRICT AS $$
BEGIN
    IF NOT (abs(a) <= 90 AND abs(b) <= 180 AND abs(c) <= 90 AND abs(d) <= 180)
        OR 'NaN' IN (a, b, c, d) THEN RAISE SQLSTATE '22003'; END IF;
    RETURN (point(b, a) <@> point(d, c)) / 3958.747716::float8 * 6371008.8::float8;
END $$;
CREATE OR REPLACE FUNCTION oracle.geo_distance_km(a float8, b float8, c float8, d float8) RETURNS float8 LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT geo_distance_m(a, b, c, d) / 1000 $$;
CREATE OR REPLACE FUNCTION oracle.geo_within_m(a float8, b float8, c float8, d float8, m float8) RETURNS boolean LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT geo_distance_m(a, b, c, d) <= m $$;
CREATE OR REPLACE FUNCTION oracle.geo_speed_kmh(a float8, b float8, s timestamptz, c float8, d float8, t timestamptz) RETURNS float8
    LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT geo_distance_km(a, b, c, d) / (abs(extract(epoch FROM s) - extract(epoch FROM t))::float8 / 3600) $$;
CREATE OR REPLACE FUNCTION oracle.geo_bearing(a float8, b float8, c float8, d float8) RETURNS float8 LANGUAGE plpgsql STRICT AS $$
DECLARE
    degrees float8;
BEGIN
    PERFORM geo_distance_m(a, b, c, d);
    degrees := atan2d(sind(d - b) * cosd(c), cosd(a) * sind(c) - sind(a) * cosd(c) * cosd(d - b));
    RETURN CASE WHEN degrees < 0 THEN degrees + 360 ELSE degrees + 0 END;
END $$;
CREATE OR REPLACE FUNCTION oracle.geohash(a float8, b float8, n int) RETURNS text LANGUAGE plpgsql STRICT AS $$
DECLARE
    digits text := '0123456789bcdefghjkmnpqrstuvwxyz';
    -- Halving a range is exact in binary, and so is a floor of the scaled value in decimal.
    east numeric := least(floor((b::text::numeric + 180) / 360 * 2::numeric ^ 30), 2::numeric ^ 30 - 1);
    north numeric := least(floor((a::text::numeric + 90) / 180 * 2::numeric ^ 30), 2::numeric ^ 30 - 1);
    code int;
    place int;
    hash text := '';
BEGIN
    PERFORM geo_distance_m(a, b, a, b);
    IF n < 1 OR n > 12 THEN RAISE SQLSTATE '22023'; END IF;
    FOR digit IN 0 .. n - 1 LOOP
        code := 0;
        FOR bit IN 0 .. 4 LOOP
            place := digit * 5 + bit;
            code := code * 2 + CASE WHEN place % 2 = 0
                THEN (east::bigint >> (29 - place / 2)) & 1 ELSE (north::bigint >> (29 - place / 2)) & 1 END;
        END LOOP;
        hash := hash || substr(digits, code + 1, 1);
    END LOOP;
    RETURN hash;
END $$;
CREATE OR REPLACE FUNCTION oracle.geohash_axis(a text, axis int) RETURNS float8 LANGUAGE plpgsql STRICT AS $$
DECLARE
    code int;
    bits int := 0;
    value float8 := 0;
BEGIN
    IF a !~* '^[0-9b-hjkmnp-z]{1,12}$' THEN RAISE SQLSTATE '22P02'; END IF;
    FOR place IN 0 .. length(a) * 5 - 1 LOOP
        code := strpos('0123456789bcdefghjkmnpqrstuvwxyz', lower(substr(a, place / 5 + 1, 1))) - 1;
        IF place % 2 = axis THEN
            bits := bits + 1;
            value := value * 2 + ((code >> (4 - place % 5)) & 1);
        END IF;
    END LOOP;
    -- The steps of a range are exact in binary.
    RETURN (value + 0.5) * 360 / 2::float8 ^ bits - 180;
END $$;
CREATE OR REPLACE FUNCTION oracle.geohash_latitude(a text) RETURNS float8 LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT geohash_axis(a, 1) / 2 $$;
CREATE OR REPLACE FUNCTION oracle.geohash_longitude(a text) RETURNS float8 LANGUAGE sql STRICT SECURITY DEFINER AS $$ SELECT geohash_axis(a, 0) $$;

-- Time zones: PostgreSQL's functions of a zone, and those that it has for the session's zone only.
CREATE OR REPLACE FUNCTION oracle.timezone(z text, a text) RETURNS timestamptz LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT pg_catalog.timezone(z, a::timestamp) $$;
CREATE OR REPLACE FUNCTION oracle.utc_offset(a timestamptz, z text) RETURNS interval LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT justify_hours(timezone(z, a) - timezone('UTC', a)) $$;
CREATE OR REPLACE FUNCTION oracle.extract(f text, a timestamptz, z text) RETURNS numeric LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT pg_catalog."extract"(f, timezone(z, a)) $$;
CREATE OR REPLACE FUNCTION oracle.date_part(f text, a timestamptz, z text) RETURNS float8 LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT date_part(f, timezone(z, a)) $$;
CREATE OR REPLACE FUNCTION oracle.date_add(a timestamptz, i interval, z text) RETURNS timestamptz LANGUAGE plpgsql STRICT AS $$
BEGIN
    PERFORM timezone(z, a), set_config('timezone', z, true);
    a := a + i;
    PERFORM set_config('timezone', 'UTC', true);
    RETURN a;
END $$;
CREATE OR REPLACE FUNCTION oracle.date_subtract(a timestamptz, i interval, z text) RETURNS timestamptz LANGUAGE sql STRICT SECURITY DEFINER AS
    $$ SELECT date_add(a, -i, z) $$;
CREATE OR REPLACE FUNCTION oracle.to_char(a timestamptz, f text, z text) RETURNS text LANGUAGE plpgsql STRICT AS $$
DECLARE
    written text;
BEGIN
    PERFORM timezone(z, a), set_config('timezone', z, true);
    written := pg_catalog.to_char(a, f);
    PERFORM set_config('timezone', 'UTC', true);
    RETURN written;
END $$;
