-- One expression a line; types are this crate's, literals become columns. Both sides must agree.
-- Integers
9223372036854775807 + 1
9223372036854775807 - -1
-9223372036854775808 - 1
-9223372036854775808 / -1
-9223372036854775808 % -1
-9223372036854775808 * -1
-(-9223372036854775808)
abs(-9223372036854775808)
3037000500 * 3037000500
3037000499 * 3037000499
7 / 0
7 % 0
0 / 0
mod(7, 0)
-7 / 2
7 / -2
-7 % 2
7 % -2
mod(-7, -2)
9223372036854775807 = 9223372036854775806
9223372036854775807::double = 9223372036854775806::double
-- Decimals
0.1 + 0.2
99999999999999999999999999999999999999 + 1.0
99999999999999999999999999999999999999 - 9999999999999999999999999999999999999.9
1.0 / 0
1.0 % 0.0
1 / 3.0
-1 / 3.0
2 / 3.0
-2 / 3.0
1.000000000000000000 / 7
10.00 / 4
0.05 * 0.5
1.5 * 1.5
0.0000000001 * 0.0000000001
0.0000000005 * 0.000000001
-0.0000000005 * 0.000000001
12345678901234567890.12 * 98765432109876543210.98
99999999999999999999 * 99999999999999999999.0
99999999999999999999999999999999999999 % 7.0
-7.5 % 2
7.5 % -2
1.10 = 1.1
1.10 < 1.1000001
-0.0 = 0.0
round(2.5)
round(-2.5)
round(0.5)
round(1.005, 2)
round(-1.005, 2)
round(1234.5678, -2)
round(1250.0, -2)
round(-1250.0, -2)
round(5.0, -1)
round(4.9, -1)
round(1.5, 40)
round(99999999999999999999999999999999999999, -38)
trunc(-1.999)
trunc(1.999, 2)
trunc(-1250.0, -2)
ceil(-0.5)
ceil(0.000001)
floor(-0.000001)
floor(1.999999)
sign(-0.01)
sign(0.00)
abs(-12.340)
-(12.340)
power(2.5, 2)
sqrt(2.25)
-- Doubles
0.1::double + 0.2::double
'NaN'::double = 'NaN'::double
'NaN'::double > 'Infinity'::double
'NaN'::double < 'NaN'::double
'NaN'::double >= 'NaN'::double
'NaN'::double <> 'NaN'::double
'NaN'::double IS DISTINCT FROM 'NaN'::double
'-0'::double = '0'::double
'-0'::double < '0'::double
'-0'::double IS DISTINCT FROM '0'::double
-('0'::double)
'Infinity'::double - 'Infinity'::double
'Infinity'::double * '0'::double
'Infinity'::double / 'Infinity'::double
'Infinity'::double / '0'::double
'NaN'::double / '0'::double
'0'::double / '0'::double
'1'::double / '0'::double
'1'::double / 'Infinity'::double
'1e308'::double * '10'::double
'1e308'::double + '1e308'::double
'-1e308'::double - '1e308'::double
'1e-308'::double * '1e-308'::double
'1e-308'::double / '1e308'::double
'1e308'::double / '1e-308'::double
'5e-324'::double / '2'::double
'5e-324'::double * '0.5'::double
round('0.5'::double)
round('1.5'::double)
round('2.5'::double)
round('-0.5'::double)
round('-2.5'::double)
trunc('-0.9'::double)
ceil('-0.9'::double)
floor('-0.0'::double)
sign('NaN'::double)
sign('-0'::double)
abs('-0'::double)
sqrt('-1'::double)
sqrt('-0'::double)
sqrt('Infinity'::double)
sqrt('NaN'::double)
ln('0'::double)
ln('-1'::double)
ln('Infinity'::double)
ln('NaN'::double)
log('0'::double)
log('100'::double)
log('-Infinity'::double)
exp('1000'::double)
exp('-1000'::double)
exp('Infinity'::double)
exp('-Infinity'::double)
exp('NaN'::double)
power('0'::double, '-1'::double)
power('0'::double, '0'::double)
power('-8'::double, '0.5'::double)
power('-2'::double, '3'::double)
power('NaN'::double, '0'::double)
power('1'::double, 'NaN'::double)
power('NaN'::double, '1'::double)
power('Infinity'::double, '-1'::double)
power('-Infinity'::double, '3'::double)
power('-Infinity'::double, '0.5'::double)
power('-1'::double, 'Infinity'::double)
power('-1'::double, '-Infinity'::double)
power('2'::double, 'Infinity'::double)
power('0.5'::double, 'Infinity'::double)
power('0'::double, 'Infinity'::double)
power('0'::double, '-Infinity'::double)
power('10'::double, '400'::double)
power('10'::double, '-400'::double)
sin('Infinity'::double)
cos('NaN'::double)
tan('-Infinity'::double)
asin('1.0000001'::double)
acos('-1'::double)
acos('NaN'::double)
atan('Infinity'::double)
atan2('0'::double, '-1'::double)
atan2('-0'::double, '-1'::double)
atan2('0'::double, '0'::double)
degrees('1e307'::double)
radians('1e-320'::double)
degrees('Infinity'::double)
1 = 1.0::double
9007199254740993 = '9007199254740992'::double
0.1 = '0.1'::double
1.5 + '0.25'::double
-- Casts
'  42 '::bigint
'+42'::bigint
''::bigint
' '::bigint
'4 2'::bigint
'42.0'::bigint
'1e3'::bigint
'9223372036854775808'::bigint
'-9223372036854775808'::bigint
'0x10'::bigint
'１２'::bigint
2.5::bigint
(-2.5)::bigint
2.49::bigint
9223372036854775807.4::bigint
9223372036854775807.5::bigint
'2.5'::double::bigint
'3.5'::double::bigint
'-2.5'::double::bigint
'9223372036854775807'::double::bigint
'-9223372036854775808'::double::bigint
'NaN'::double::bigint
'Infinity'::double::bigint
'1.005'::double::decimal(10,2)
'1e20'::double::decimal(10,2)
'Infinity'::double::decimal(10,2)
'123456789.123456789'::double::decimal(20,9)
'1e-7'::double::decimal(10,6)
'5e-7'::double::decimal(10,6)
123.456::decimal(5,2)
1234.5::decimal(5,2)
999.995::decimal(5,2)
999.994::decimal(5,2)
12345::decimal(5,2)
'1.5e2'::decimal(10,2)
'.5'::decimal(10,2)
'5.'::decimal(10,2)
'-.005'::decimal(10,2)
'1,000'::decimal(10,2)
''::decimal(10,2)
'Infinity'::decimal(10,2)
'1e400'::double
'1e-400'::double
'infinity'::double
'-INF'::double
'nan'::double
'1d'::double
''::double
' 1.5 '::double
'1e'::double
'true'::boolean
' TRUE '::boolean
'of'::boolean
'o'::boolean
'yes please'::boolean
'2'::boolean
''::boolean
true::text
false || 'x'
'x' || 1.50
'x' || NULL
1::boolean
0::boolean
4294967296::boolean
true::bigint
1e15::double::text
'1e14'::double::text
'0.0001'::double::text
'0.00001'::double::text
'-0'::double::text
'42122754827231184'::double::text
'-852675637967632.25'::double::text
'9007199254740993'::double::text
'2.2250738585072014e-308'::double::text
'1.7976931348623157e308'::double::text
12.300::text
-- Time
'2026-01-02'::date
'2026-1-2'::date
'2026-02-29'::date
'2024-02-29'::date
'1900-02-29'::date
'0000-01-01'::date
'0001-01-01 BC'::date
'0044-03-15 BC'::date
'4714-11-24 BC'::date
'4714-11-23 BC'::date
'5874897-12-31'::date
'5874898-01-01'::date
'20260102'::date
'2026-01-02 10:00:00'::date
'yesterday-ish'::date
''::date
'2026-01-02T03:04:05Z'::timestamptz
'2026-01-02 03:04'::timestamptz
'2026-01-02 24:00:00'::timestamptz
'2026-01-02 24:00:01'::timestamptz
'2026-01-02 23:59:60'::timestamptz
'2026-01-02 23:59:61'::timestamptz
'2026-01-02 03:04:05.1234564'::timestamptz
'2026-01-02 03:04:05.9999999'::timestamptz
'2026-01-02 03:04:05+05:30'::timestamptz
'2026-01-02 03:04:05-0730'::timestamptz
'2026-01-02 03:04:05 UTC'::timestamptz
'2026-01-02 03:04:05+16'::timestamptz
'0044-03-15 03:04:05 BC'::timestamptz
'2026-01-02 25:00'::timestamptz
'12026-01-02 00:00:00'::timestamptz
TIMESTAMPTZ '2026-01-31 10:00:00+00' + INTERVAL '1 month'
TIMESTAMPTZ '2024-01-31 10:00:00+00' + INTERVAL '1 month'
TIMESTAMPTZ '2024-02-29 10:00:00+00' + INTERVAL '1 year'
TIMESTAMPTZ '2024-02-29 10:00:00+00' - INTERVAL '4 years'
TIMESTAMPTZ '2026-03-31 00:00:00+00' - INTERVAL '1 month'
TIMESTAMPTZ '2026-01-31 23:59:59+00' + INTERVAL '1 month 1 day 1 second'
INTERVAL '1 month' + TIMESTAMPTZ '2026-12-31 00:00:00+00'
TIMESTAMPTZ '2026-03-01 00:00:00+00' - TIMESTAMPTZ '2026-02-01 12:00:00+00'
TIMESTAMPTZ '2026-02-01 12:00:00+00' - TIMESTAMPTZ '2026-03-01 00:00:00+00'
TIMESTAMPTZ '4714-11-24 00:00:00+00 BC' - INTERVAL '1 microsecond'
DATE '2026-02-28' + 1
DATE '2024-02-28' + 1
1 + DATE '2026-12-31'
DATE '2026-03-01' - 1
DATE '2026-03-01' - DATE '2026-02-01'
DATE '2026-02-01' - DATE '2026-03-01'
DATE '2026-01-31' + INTERVAL '1 month'
DATE '2026-01-31' - INTERVAL '1 hour'
DATE '5874897-12-31' + 1
DATE '5874897-12-31' + 2147483647
DATE '5874897-12-31' + INTERVAL '1 day'
DATE '2026-01-02' < TIMESTAMPTZ '2026-01-02 00:00:00.000001+00'
DATE '2026-01-02' = TIMESTAMPTZ '2026-01-02 00:00:00+00'
TIMESTAMPTZ '2026-01-02 23:59:59.999999+00'::date
TIMESTAMPTZ '1969-12-31 23:59:59.999999+00'::date
INTERVAL '1 month' = INTERVAL '30 days'
INTERVAL '1 day' = INTERVAL '24 hours'
INTERVAL '1 month' < INTERVAL '31 days'
INTERVAL '1 month 3 days' * 1.5
INTERVAL '1 month' / 7
INTERVAL '1 day' * 0.1
INTERVAL '1 hour' / 0
INTERVAL '1 month' * 1e10
INTERVAL '2147483647 months' + INTERVAL '1 month'
-(INTERVAL '1 mon -3 days 04:05:06')
'1 year 2 mons 3 days 04:05:06.789'::interval::text
'1.5 months'::interval
'1.5 years 3.7 days'::interval
'-1.5 days'::interval
'1 day ago'::interval
'10'::interval
'3 12:00'::interval
'1 day 1 day'::interval
'-00:00:01'::interval
'1 fortnight'::interval
''::interval
'100:59:59.5'::interval
'00:60'::interval
'1 year -1 mons'::interval
'-1 day +01:00'::interval
extract(year FROM TIMESTAMPTZ '0044-03-15 00:00:00+00 BC')
extract(century FROM TIMESTAMPTZ '2000-12-31 00:00:00+00')
extract(century FROM TIMESTAMPTZ '2001-01-01 00:00:00+00')
extract(century FROM TIMESTAMPTZ '0001-12-31 00:00:00+00 BC')
extract(millennium FROM TIMESTAMPTZ '2000-12-31 00:00:00+00')
extract(decade FROM TIMESTAMPTZ '0001-12-31 00:00:00+00 BC')
extract(decade FROM TIMESTAMPTZ '0012-12-31 00:00:00+00 BC')
extract(week FROM TIMESTAMPTZ '2021-01-03 00:00:00+00')
extract(isoyear FROM TIMESTAMPTZ '2021-01-03 00:00:00+00')
extract(week FROM TIMESTAMPTZ '2020-12-31 00:00:00+00')
extract(dow FROM TIMESTAMPTZ '2026-01-04 00:00:00+00')
extract(isodow FROM TIMESTAMPTZ '2026-01-04 00:00:00+00')
extract(doy FROM TIMESTAMPTZ '2024-12-31 00:00:00+00')
extract(epoch FROM TIMESTAMPTZ '1969-12-31 23:59:59.5+00')
extract(second FROM TIMESTAMPTZ '2026-01-02 03:04:05.678+00')
extract(milliseconds FROM TIMESTAMPTZ '2026-01-02 03:04:05.678901+00')
extract(microseconds FROM TIMESTAMPTZ '2026-01-02 03:04:05.678901+00')
extract(quarter FROM DATE '2026-10-01')
extract(epoch FROM INTERVAL '1 year 1 month 1 day 00:00:01.5')
extract(hour FROM INTERVAL '-49 hours')
extract(minute FROM INTERVAL '-90 minutes')
extract(second FROM INTERVAL '-1.5 seconds')
extract(quarter FROM INTERVAL '7 months')
extract(week FROM INTERVAL '7 days')
date_part('hour', DATE '2026-01-02')
date_part('nothing', DATE '2026-01-02')
date_trunc('week', TIMESTAMPTZ '2026-01-04 10:00:00+00')
date_trunc('week', TIMESTAMPTZ '2026-01-05 00:00:00+00')
date_trunc('quarter', TIMESTAMPTZ '2026-12-31 10:00:00+00')
date_trunc('century', TIMESTAMPTZ '2000-12-31 10:00:00+00')
date_trunc('century', TIMESTAMPTZ '0001-12-31 10:00:00+00 BC')
date_trunc('millennium', TIMESTAMPTZ '1001-12-31 10:00:00+00 BC')
date_trunc('decade', TIMESTAMPTZ '0005-12-31 10:00:00+00 BC')
date_trunc('milliseconds', TIMESTAMPTZ '1969-12-31 23:59:59.999999+00')
date_trunc('dow', TIMESTAMPTZ '2026-01-04 10:00:00+00')
date_trunc('month', DATE '2026-02-17')
date_bin(INTERVAL '15 minutes', TIMESTAMPTZ '2026-01-02 03:44:05+00', TIMESTAMPTZ '2026-01-01 00:00:00+00')
date_bin(INTERVAL '15 minutes', TIMESTAMPTZ '2025-12-31 23:50:00+00', TIMESTAMPTZ '2026-01-01 00:00:00+00')
date_bin(INTERVAL '15 minutes', TIMESTAMPTZ '2025-12-31 23:45:00+00', TIMESTAMPTZ '2026-01-01 00:00:00+00')
date_bin(INTERVAL '1 month', TIMESTAMPTZ '2026-01-02 03:44:05+00', TIMESTAMPTZ '2026-01-01 00:00:00+00')
date_bin(INTERVAL '0 seconds', TIMESTAMPTZ '2026-01-02 03:44:05+00', TIMESTAMPTZ '2026-01-01 00:00:00+00')
make_date(2024, 2, 29)
make_date(2023, 2, 29)
make_date(-44, 3, 15)
make_date(0, 1, 1)
make_date(2026, 13, 1)
make_timestamptz(2026, 1, 2, 23, 59, '59.9999999'::double)
make_timestamptz(2026, 1, 2, 24, 0, '0'::double)
make_timestamptz(2026, 1, 2, 24, 0, '1'::double)
make_timestamptz(2026, 1, 2, 10, 60, '1'::double)
to_timestamp('-0.5'::double)
to_timestamp('1e18'::double)
to_timestamp('NaN'::double)
-- Text
length('')
length('añ日😀')
octet_length('añ日😀')
lower('ÀBC')
upper('straße')
initcap('the éclair o''clock 2nd')
left('añ日😀', 2)
left('añ日😀', -1)
left('añ日😀', -9)
left('abc', 0)
right('añ日😀', 2)
right('añ日😀', -3)
right('abc', 0)
substring('añ日😀', 2)
substring('añ日😀', 2, 2)
substring('abc', 0, 2)
substring('abc', -5, 7)
substring('abc', 2, -1)
substring('abc', -9223372036854775808 + 1 + 9223372036854775806)
substring('abc', 2147483647, 2147483647)
strpos('añ日😀', '日')
strpos('abc', '')
strpos('', 'a')
starts_with('abc', '')
starts_with('', 'a')
replace('aaa', 'aa', 'b')
replace('abc', '', 'x')
replace('añañ', 'ñ', '日')
split_part('a,b,c', ',', 4)
split_part('a,b,c', ',', 0)
split_part('a,b,c', ',', -3)
split_part('a,b,c', ',', -4)
split_part('a,,b', ',,', 2)
split_part('aaa', 'aa', 2)
split_part('aaa', 'aa', -1)
split_part('abc', '', 1)
split_part('abc', '', -1)
split_part('abc', '', 2)
split_part('', ',', 1)
translate('abcabc', 'ab', '日')
translate('aab', 'aa', 'xy')
btrim('  a b  ')
btrim('日a日', '日')
ltrim('aab', 'ab')
rtrim('', 'x')
btrim('abc', '')
lpad('añ', 4, '日x')
lpad('añ日', 2, 'x')
lpad('a', 3, '')
lpad('a', -1)
rpad('añ', 5, 'xy')
rpad('abc', 2)
repeat('añ', 3)
repeat('a', -1)
repeat('', 2147483647)
reverse('añ日😀')
ascii('')
ascii('日')
chr(0)
chr(26085)
chr(55296)
chr(1114112)
concat('a', NULL, 1, 2.50, true, DATE '2026-01-02')
concat(NULL)
concat_ws(',', NULL, NULL)
concat_ws(NULL, 'a', 'b')
concat_ws(',', 'a', NULL, '', 'b')
'B' < 'a'
'Z' < 'é'
'日' < '😀'
'a' < 'a '
'' < 'a'
'' LIKE ''
'' LIKE '%'
'a' LIKE ''
'abc' LIKE 'a_c'
'a日c' LIKE 'a_c'
'abc' LIKE 'a%%c'
'a%c' LIKE 'a\%c'
'abc' LIKE 'a\%c'
'a\c' LIKE 'a\\c'
'abc' LIKE 'abc\'
'abcd' LIKE 'abc\'
'abc' LIKE 'x\'
'abc' LIKE '%\'
'abab' LIKE '%ab'
'ababa' LIKE '%aba_'
'日本語' LIKE '%本%'
'ABC' ILIKE 'a_C'
'É' ILIKE 'é'
'aXbXc' ILIKE '%x%x%'
'abc' NOT LIKE 'a%'
-- Regular expressions
'foobar' ~ 'o+b'
'FOOBAR' ~ 'o+b'
'FOOBAR' ~* 'o+b'
'foobar' !~ '^b'
'foo' ~ '('
'foo' ~ '*'
regexp_replace('foobarbaz', 'b..', 'X')
regexp_replace('foobarbaz', 'b..', 'X', 'g')
regexp_replace('foobarbaz', 'b(.)(.)', '[\2\1]', 'g')
regexp_replace('foobarbaz', 'B..', '<\&>', 'gi')
regexp_replace('aaa', 'b*', '-', 'g')
regexp_replace('日本', '', '-', 'g')
regexp_replace('abc', 'b', '\\')
regexp_replace('abc', '(x)?b', '[\1]')
regexp_replace('abc', 'b', 'x', 'q?')
regexp_count('banana', 'ana')
regexp_count('banana', '')
regexp_instr('añb', 'b')
regexp_substr('order 17 of 20', '[0-9]+')
regexp_substr('order', '[0-9]+')
substring('order 17 of 20', 'of ([0-9]+)')
substring('order', 'x')
substring('ab', '(x)?b')
regexp_like('abc', 'B')
regexp_like('abc', 'B', 'i')
regexp_like('abc', 'B', 'ic')
regexp_like('abc', '[')
-- Three-valued logic and choices
true AND NULL
false AND NULL
NULL AND false
true OR NULL
NULL OR true
false OR NULL
NOT (NULL AND true)
false AND 1 / 0 = 1
true OR 1 / 0 = 1
true AND 1 / 0 = 1
1 / 0 = 1 AND false
1 / 0 = 1 OR true
NULL = NULL
NULL IS NULL
NULL IS DISTINCT FROM NULL
1 IS DISTINCT FROM NULL
1 IS NOT DISTINCT FROM 1
NULL IS TRUE
NULL IS NOT TRUE
true IS FALSE
1 / 0 IS NULL
1 / 0 IS NOT NULL
coalesce(NULL, 1, 1 / 0)
coalesce(NULL, 1 / 0, 1)
coalesce(NULL, NULL)
nullif(1, 1)
nullif(1, 2.5)
nullif(2.50, 2.5)
nullif('a', 'b')
nullif(1 / 0, 1)
nullif(NULL, 1)
greatest(1, 2.5, NULL)
least(1, 2.5, NULL)
greatest(NULL, NULL)
greatest('a', 'B')
greatest('NaN'::double, 'Infinity'::double)
least('NaN'::double, 'Infinity'::double)
least(1, 1 / 0)
greatest(DATE '2026-01-02', TIMESTAMPTZ '2026-01-02 00:00:01+00')
CASE WHEN true THEN 1 ELSE 1 / 0 END
CASE WHEN false THEN 1 / 0 ELSE 2 END
CASE WHEN NULL THEN 1 END
CASE WHEN 1 / 0 = 1 THEN 1 ELSE 2 END
CASE WHEN false THEN 1 WHEN 1 / 0 = 1 THEN 2 ELSE 3 END
CASE WHEN true THEN 1 WHEN 1 / 0 = 1 THEN 2 ELSE 3 END
CASE WHEN true THEN 1 ELSE 2.5 END
CASE WHEN false THEN 'a' END
2 BETWEEN 1 AND 3
2 BETWEEN 3 AND 1
NULL BETWEEN 1 AND 3
2 BETWEEN 3 AND NULL
2 BETWEEN NULL AND 3
2 NOT BETWEEN 3 AND NULL
2 IN (1, 2, NULL)
3 IN (1, 2, NULL)
3 NOT IN (1, 2, NULL)
NULL IN (1, 2)
2 IN (2.0, 3.5)
2.50 IN (2.5, 3)
'a' IN ('b', 'a')
2 IN (1, 1 / 0)
1 IN (1, 1 / 0)
'NaN'::double IN ('NaN'::double, '1'::double)
'-0'::double IN ('0'::double, '1'::double)
-- Numbers: powers, divisors, bits, degrees
gcd(0, 0)
gcd(-9223372036854775808, 0)
gcd(-9223372036854775808, -9223372036854775808)
gcd(-9223372036854775808, 6)
lcm(0, 5)
lcm(-4, 6)
lcm(9223372036854775807, 2)
lcm(-9223372036854775808, 1)
factorial(0)
factorial(33)
factorial(34)
factorial(-1)
min_scale(0.00)
min_scale(-1.010)
log(2, 8)
log('10'::double, '1000'::double)
log('1'::double, '5'::double)
log('0'::double, '5'::double)
log('2'::double, '-5'::double)
log('0.5'::double, 'Infinity'::double)
log('Infinity'::double, 'Infinity'::double)
log('Infinity'::double, '2'::double)
log('NaN'::double, '-1'::double)
cbrt('-8'::double)
cbrt('-0'::double)
cbrt('Infinity'::double)
sinh('1000'::double)
cosh('-1000'::double)
tanh('Infinity'::double)
acosh('0.5'::double)
acosh('NaN'::double)
atanh('1'::double)
atanh('-1.5'::double)
cot('0'::double)
cot('-0'::double)
cot('Infinity'::double)
sind('Infinity'::double)
sind('-30'::double)
sind('180'::double)
sind('-0'::double)
cosd('270'::double)
cosd('-60'::double)
tand('90'::double)
tand('-90'::double)
tand('270'::double)
cotd('0'::double)
cotd('180'::double)
cotd('270'::double)
tand('NaN'::double)
asind('1.1'::double)
acosd('-1'::double)
acosd('-0.5'::double)
atand('-Infinity'::double)
atan2d('-0'::double, '-1'::double)
width_bucket('5'::double, '0'::double, '10'::double, 5)
width_bucket('10'::double, '0'::double, '10'::double, 5)
width_bucket('5'::double, '10'::double, '0'::double, 5)
width_bucket('5'::double, '3'::double, '3'::double, 5)
width_bucket('5'::double, '0'::double, '10'::double, 0)
width_bucket('NaN'::double, '0'::double, '10'::double, 5)
width_bucket('Infinity'::double, '0'::double, '10'::double, 5)
-9223372036854775808 & -1
~ -9223372036854775808
1 << 64
1 << -1
-1 >> 63
-1 >> 70
1 << 63
num_nulls(NULL, 1, 'a')
num_nonnulls(NULL)
num_nulls(1 / 0)
-- More text
bit_length('')
overlay('abc', 'x', 0)
overlay('abc', 'x', 9)
overlay('abc', '', 2)
overlay('añ日😀', '日x', 2, 1)
overlay('abc', 'x', 2, -1)
overlay('abc', 'x', 2, 100)
quote_literal('it''s \ here')
quote_nullable('')
format('%s %s', 'a', NULL)
format('%L', NULL)
format('%1$s %2$s %1$s', 'a', 'b')
format('%2$s %s', 'a', 'b', 'c')
format('%s', 1.50)
format('%s', true)
format('%-5s|%5s', 'añ', '日')
format('%s')
format('%')
format('%x', 'a')
format('%0$s', 'a')
format('%99999999999s', 'a')
format(NULL, 'a')
unaccent('Ångström, naïve café, Łódź')
normalize('ﬁ')
split_count('', ',')
split_count('a', '')
split_position('a,b', ',', 'z')
split_contains('', ',', '')
split_contains('a,,b', ',', '')
-- Likeness
levenshtein('', '')
levenshtein('abc', '')
levenshtein('', 'abc', 2, 3, 4)
levenshtein('kitten', 'sitting', 1, 1, 3)
levenshtein('añ日', 'an日')
levenshtein(repeat('a', 255), 'b')
levenshtein(repeat('a', 256), 'b')
levenshtein_less_equal('abc', 'xyz', 0)
levenshtein_less_equal('abc', 'xyz', -1)
soundex('')
soundex('123')
soundex('  Tymczak')
soundex('éa')
difference('', '')
jaro_winkler('', '')
jaro_winkler('MARTHA', 'MARHTA')
similarity('', '')
similarity('a', 'A')
-- Hashes and encodings
md5('')
sha512('日')
digest('a', 'MD5')
digest('a', 'sha3')
hmac('', '', 'sha1')
hmac('a', repeat('k', 200), 'sha512')
crc32('')
hashtext('')
hashtextextended('', 0)
hashtextextended('', -1)
hashtextextended('a', 4294967296)
hashtext(repeat('x', 12))
hashtext(repeat('é', 30))
to_hex(-1)
to_hex(0)
encode(repeat('a', 57), 'base64')
encode(repeat('a', 58), 'base64')
encode('a\é', 'escape')
encode('a', 'base32')
decode('YQ==', 'base64')
decode('YQ', 'base64')
decode('/w==', 'base64')
decode('4', 'hex')
decode('00', 'hex')
decode('\101', 'escape')
decode('\9', 'escape')
url_encode('é/ ~')
url_decode('%e9')
url_decode('%C3%A9%')
-- JSON
json_valid('')
json_valid(' ')
json_valid('01')
json_valid('-')
json_valid('1.')
json_valid('.5')
json_valid('1e')
json_valid('+1')
json_valid('nulls')
json_valid('"a')
json_valid('"\x"')
json_valid('"\u12g4"')
json_valid('{"a":1,}')
json_valid('[1,]')
json_valid('[1 2]')
json_valid('{"a" 1}')
json_valid('{a: 1}')
json_valid('{"a": 1} x')
json_valid('[}')
json_valid('"a	b"')
json_typeof('  null ')
json_typeof('"x')
json_array_length('[]')
json_array_length('{}')
json_array_length('[[1, 2], {"a": [3]}, "]"]')
json_array_length('[1')
'{"a": {"b": [1, null]}}'::text -> 'a'
'{"a": {"b": [1, null]}}'::text ->> 'a'
'{"a": null}'::text -> 'a'
'{"a": null}'::text ->> 'a'
'{"a": 1, "a": 2}'::text -> 'a'
'[10, 20, 30]'::text -> 1
'[10, 20, 30]'::text -> -3
'[10, 20, 30]'::text -> -4
'[10, 20, 30]'::text -> 3
'[10]'::text -> '0'
'{"0": 1}'::text -> 0
'3'::text -> 'a'
'"x"'::text ->> 0
'{"a": "\u0000"}'::text ->> 'a'
'{"a": "\ud800"}'::text ->> 'a'
'{"a": "\ud83d\ude00"}'::text ->> 'a'
'{"\u0061": 1}'::text -> 'a'
'{"a": [ 1 , 2 ] , "b": 1}'::text -> 'a'
'{"a": 1'::text -> 'a'
json_extract_path('{"a": {"0": [5, 6]}}', 'a', '0', '-1')
json_extract_path('[[1, 2], [3]]', '1', '0')
json_extract_path('[1]', '0x0')
json_extract_path('[1]', '99999999999')
json_extract_path_text('{"a": "x"}', 'a', 'b')
jsonb_exists('["a", {"b": 1}]', 'b')
jsonb_exists('["a"]', 'a')
jsonb_exists('"a"', 'a')
jsonb_exists('{"x": {"a": 1}}', 'a')
json_strip_nulls('{"a": null, "b": [null, {"c": null}], "d": "\u00e9\n"}')
json_strip_nulls(' null ')
json_strip_nulls('{"a": "{", "b": 1}')
to_json('tab	and \ and "'::text)
to_json('NaN'::double)
to_json(1.50)
to_json(TIMESTAMPTZ '2026-01-02 03:04:05.5+00')
to_json(TIMESTAMPTZ '0044-03-15 00:00:00+00 BC')
to_json(INTERVAL '1 month 2 days')
-- IP networks
is_inet('1.2.3.4/0')
is_inet('1.2.3')
is_inet('1.2.3/24')
is_inet('0001.2.3.4')
is_inet('1.2.3.4/0032')
is_inet('fe80::1%eth0')
host('::')
host('::1.2.3.4')
host('::0:1')
host('1:0:0:2:0:0:0:3')
host('1:0:2:0:3:0:4:0')
host('2001:db8:0:1:1:1:1:1')
network('10.1.2.3/0')
network('::1/127')
broadcast('::/0')
broadcast('10.1.2.3')
netmask('::1/64')
hostmask('1.2.3.4')
set_masklen('10.1.2.3/8', -1)
set_masklen('10.1.2.3', 33)
set_masklen('::1', 128)
inet_merge('10.0.0.1', '::1')
inet_merge('0.0.0.0', '255.255.255.255')
network_sub('10.0.0.0/8', '10.0.0.0/8')
network_subeq('10.0.0.0/8', '10.0.0.0/8')
network_subeq('10.0.0.1', '::/0')
network_overlap('10.0.0.0/8', '10.255.0.0/16')
inet_add('255.255.255.255', 1)
inet_add('0.0.0.0', -1)
inet_add('::', -1)
inet_difference('::ffff', '::1')
inet_difference('ffff::', '::')
inet_difference('1.1.1.1', '::1')
-- The globe
geo_distance_m('0'::double, '0'::double, '0'::double, '180'::double)
geo_distance_m('90'::double, '0'::double, '-90'::double, '50'::double)
geo_distance_m('91'::double, '0'::double, '0'::double, '0'::double)
geo_bearing('0'::double, '0'::double, '-1'::double, '0'::double)
geo_bearing('0'::double, '0'::double, '0'::double, '-1'::double)
geohash('90'::double, '180'::double, 12)
geohash('-90'::double, '-180'::double, 3)
geohash('0'::double, '0'::double, 13)
geohash_latitude('zzzzzzzzzzzz')
geohash_latitude('a')
geohash_longitude('')
-- Time zones and templates
timezone('Europe/Paris', '2026-03-29 02:30'::text)
timezone('Europe/Paris', '2026-10-25 02:30'::text)
timezone('Australia/Lord_Howe', '2026-10-04 02:15'::text)
timezone('Australia/Lord_Howe', '2026-04-05 01:45'::text)
timezone('Pacific/Apia', '2011-12-30 12:00'::text)
timezone('Pacific/Apia', TIMESTAMPTZ '2011-12-30 09:59:59+00')
timezone('Pacific/Apia', TIMESTAMPTZ '2011-12-30 10:00:00+00')
timezone('Asia/Kolkata', DATE '2026-01-02')
timezone('Europe/Paris', TIMESTAMPTZ '2500-07-01 00:00:00+00')
timezone('Europe/Paris', TIMESTAMPTZ '294000-07-01 00:00:00+00')
timezone('nowhere', TIMESTAMPTZ '2026-01-02 00:00:00+00')
timezone('', TIMESTAMPTZ '2026-01-02 00:00:00+00')
timezone('UTC', TIMESTAMPTZ '0044-03-15 00:00:00+00 BC')
utc_offset(TIMESTAMPTZ '2026-01-02 00:00:00+00', 'America/St_Johns')
date_trunc('day', TIMESTAMPTZ '2026-03-29 12:00:00+00', 'Europe/Paris')
date_trunc('hour', TIMESTAMPTZ '2026-10-25 00:30:00+00', 'Europe/Paris')
date_trunc('hour', TIMESTAMPTZ '2026-04-04 15:10:00+00', 'Australia/Lord_Howe')
date_trunc('week', TIMESTAMPTZ '2026-01-04 20:00:00+00', 'Asia/Kolkata')
date_add(TIMESTAMPTZ '2026-03-28 12:00:00+00', INTERVAL '1 day', 'Europe/Paris')
date_add(TIMESTAMPTZ '2026-03-28 12:00:00+00', INTERVAL '24 hours', 'Europe/Paris')
date_add(TIMESTAMPTZ '2026-01-31 23:30:00+00', INTERVAL '1 month', 'Asia/Kolkata')
date_subtract(TIMESTAMPTZ '2026-10-26 12:00:00+00', INTERVAL '1 day 1 hour', 'Europe/Paris')
age(TIMESTAMPTZ '2026-03-31 00:00:00+00', TIMESTAMPTZ '2026-02-28 00:00:00+00')
age(TIMESTAMPTZ '2026-02-28 00:00:00+00', TIMESTAMPTZ '2026-03-31 00:00:00+00')
age(TIMESTAMPTZ '2024-02-29 10:00:00+00', TIMESTAMPTZ '2023-02-28 11:00:00+00')
age(DATE '2026-01-01', DATE '2025-12-31')
justify_hours(INTERVAL '-25 hours')
justify_hours(INTERVAL '1 day -1 hour')
justify_hours(INTERVAL '2147483647 days 24 hours')
justify_days(INTERVAL '-35 days')
justify_days(INTERVAL '1 month -1 day')
justify_interval(INTERVAL '1 month -1 hour')
justify_interval(INTERVAL '-1 month 1 day 25 hours')
justify_interval(INTERVAL '2147483647 days 100 hours')
overlaps(DATE '2026-01-01', DATE '2026-01-01', DATE '2026-01-01', DATE '2026-01-01')
overlaps(DATE '2026-01-01', DATE '2026-01-02', DATE '2026-01-02', DATE '2026-01-03')
overlaps(DATE '2026-01-05', DATE '2026-01-01', DATE '2026-01-02', NULL)
to_char(TIMESTAMPTZ '0044-03-15 00:00:00+00 BC', 'YYYY Y,YYY YY CC IYYY AD')
to_char(TIMESTAMPTZ '0001-01-01 00:00:00+00', 'YYYY CC IYYY IW J')
to_char(TIMESTAMPTZ '2026-01-02 00:00:00+00', 'HH12 HH24 FMHH12')
to_char(TIMESTAMPTZ '2026-01-11 12:13:00+00', 'DDth FMDDth HH24TH MIth MonTH')
to_char(TIMESTAMPTZ '2026-01-02 03:04:05.6+00', 'Yyyy mM Hh24 SSSSSS')
to_char(TIMESTAMPTZ '2026-01-02 03:04:05.6+00', '"open YYYY')
to_char(TIMESTAMPTZ '2026-01-02 03:04:05.6+00', 'FM')
to_char(TIMESTAMPTZ '2026-07-02 03:04:05+00', 'TZ tz OF TZH TZM', 'America/St_Johns')
to_char(TIMESTAMPTZ '2026-07-02 03:04:05+00', 'TZ OF', 'Asia/Kathmandu')
to_date('2026-01-02', 'YYYY-MM-DD')
to_date('2 january 2026', 'DD Month YYYY')
to_date('02 JAN 2026', 'DD mon YYYY')
to_date('20260102', 'YYYYMMDD')
to_date('02/01/2026', 'DD/MM/YYYY')
to_date('2024-366', 'YYYY-DDD')
to_date('2023-366', 'YYYY-DDD')
to_date('2461043', 'J')
to_date('12 Foo 2026', 'DD Mon YYYY')
to_timestamp('20260102130405', 'YYYYMMDDHH24MISS')
to_timestamp('2026-01-02 01:02 PM', 'YYYY-MM-DD HH12:MI AM')
to_timestamp('2026-01-02 12:00 am', 'YYYY-MM-DD HH12:MI AM')
to_timestamp('2026-01-02 03:04:05.678', 'YYYY-MM-DD HH24:MI:SS.MS')
to_timestamp('2026-01-02 03:04:05.6', 'YYYY-MM-DD HH24:MI:SS.MS')
to_timestamp('2026-01-02 03:04:05.678901', 'YYYY-MM-DD HH24:MI:SS.US')
to_timestamp('2026-01-02 03:04:05 +05:30', 'YYYY-MM-DD HH24:MI:SS TZH:TZM')
to_timestamp('2026-01-02 03:04:05 -08:00', 'YYYY-MM-DD HH24:MI:SS TZH:TZM')
to_timestamp('2026-01-02T03:04:05Z', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
make_timestamptz(2026, 3, 29, 2, 30, '0'::double, 'Europe/Paris')
