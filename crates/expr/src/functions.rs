//! Every function and operator: one file each, and one line each in the list below.

mod abs;
mod acos;
mod acosd;
mod acosh;
mod add;
mod age;
mod all;
mod and;
mod any;
mod array;
mod array_contained;
mod array_contains;
mod array_element;
mod array_length;
mod array_overlap;
mod array_position;
mod array_to_string;
mod ascii;
mod asin;
mod asind;
mod asinh;
mod atan;
mod atan2;
mod atan2d;
mod atand;
mod atanh;
mod between;
mod bit_and;
mod bit_length;
mod bit_not;
mod bit_or;
mod bit_xor;
mod broadcast;
mod btrim;
mod cardinality;
mod case;
pub(crate) mod cast;
mod cbrt;
mod ceil;
mod chr;
mod coalesce;
mod concat;
mod concat_ws;
mod concatenate;
mod cos;
mod cosd;
mod cosh;
mod cot;
mod cotd;
mod crc32;
mod date_add;
mod date_bin;
mod date_part;
mod date_subtract;
mod date_trunc;
mod decode;
mod degrees;
mod difference;
mod digest;
mod divide;
mod encode;
mod equal;
mod exp;
mod extract;
mod factorial;
mod family;
mod floor;
mod format;
mod gcd;
mod geo_bearing;
mod geo_distance_km;
mod geo_distance_m;
mod geo_speed_kmh;
mod geo_within_m;
mod geohash;
mod geohash_latitude;
mod geohash_longitude;
mod greater;
mod greater_or_equal;
mod greatest;
mod hashtext;
mod hashtextextended;
mod hmac;
mod host;
mod hostmask;
mod ilike;
mod in_list;
mod inet_add;
mod inet_difference;
mod inet_is_link_local;
mod inet_is_loopback;
mod inet_is_multicast;
mod inet_is_private;
mod inet_merge;
mod inet_same_family;
mod initcap;
mod is_distinct_from;
mod is_false;
mod is_inet;
mod is_not_null;
mod is_null;
mod is_true;
mod jaro_winkler;
mod json_array_length;
mod json_extract_path;
mod json_extract_path_text;
mod json_member;
mod json_member_text;
mod json_strip_nulls;
mod json_typeof;
mod json_valid;
mod jsonb_exists;
mod justify_days;
mod justify_hours;
mod justify_interval;
mod lcm;
mod least;
mod left;
mod length;
mod less;
mod less_or_equal;
mod levenshtein;
mod levenshtein_less_equal;
mod like;
mod ln;
mod log;
mod lower;
mod lpad;
mod ltrim;
mod make_date;
mod make_interval;
mod make_timestamptz;
mod masklen;
mod md5;
mod min_scale;
mod modulo;
mod multiply;
mod negate;
mod netmask;
mod network;
mod network_overlap;
mod network_sub;
mod network_subeq;
mod network_sup;
mod network_supeq;
mod normalize;
mod not;
mod not_equal;
mod nullif;
mod num_nonnulls;
mod num_nulls;
mod octet_length;
mod or;
mod overlaps;
mod overlay;
mod pi;
mod power;
mod quote_literal;
mod quote_nullable;
mod radians;
mod regex_match;
mod regex_match_ignoring_case;
mod regex_no_match;
mod regex_no_match_ignoring_case;
mod regexp_count;
mod regexp_instr;
mod regexp_like;
mod regexp_replace;
mod regexp_substr;
mod remainder;
mod repeat;
mod replace;
mod reverse;
mod right;
mod round;
mod rpad;
mod rtrim;
mod set_masklen;
mod sha224;
mod sha256;
mod sha384;
mod sha512;
mod shift_left;
mod shift_right;
mod sign;
mod similarity;
mod sin;
mod sind;
mod sinh;
mod soundex;
mod split_contains;
mod split_count;
mod split_part;
mod split_position;
mod sqrt;
mod starts_with;
mod string_to_array;
mod strpos;
mod substring;
mod subtract;
mod tan;
mod tand;
mod tanh;
mod timezone;
mod to_char;
mod to_date;
mod to_hex;
mod to_json;
mod to_timestamp;
mod translate;
mod trunc;
mod unaccent;
mod upper;
mod url_decode;
mod url_encode;
mod utc_offset;
mod width_bucket;

use crate::registry::Entry;

/// All of them, in the order of the reference.
pub(crate) const ALL: &[Entry] = &[
    equal::ENTRY,
    not_equal::ENTRY,
    less::ENTRY,
    less_or_equal::ENTRY,
    greater::ENTRY,
    greater_or_equal::ENTRY,
    between::ENTRY,
    in_list::ENTRY,
    is_null::ENTRY,
    is_not_null::ENTRY,
    is_true::ENTRY,
    is_false::ENTRY,
    is_distinct_from::ENTRY,
    and::ENTRY,
    or::ENTRY,
    not::ENTRY,
    case::ENTRY,
    coalesce::ENTRY,
    nullif::ENTRY,
    greatest::ENTRY,
    least::ENTRY,
    num_nulls::ENTRY,
    num_nonnulls::ENTRY,
    add::ENTRY,
    subtract::ENTRY,
    multiply::ENTRY,
    divide::ENTRY,
    modulo::ENTRY,
    remainder::ENTRY,
    negate::ENTRY,
    bit_and::ENTRY,
    bit_or::ENTRY,
    bit_xor::ENTRY,
    bit_not::ENTRY,
    shift_left::ENTRY,
    shift_right::ENTRY,
    abs::ENTRY,
    sign::ENTRY,
    ceil::ENTRY,
    floor::ENTRY,
    round::ENTRY,
    trunc::ENTRY,
    sqrt::ENTRY,
    cbrt::ENTRY,
    power::ENTRY,
    exp::ENTRY,
    ln::ENTRY,
    log::ENTRY,
    gcd::ENTRY,
    lcm::ENTRY,
    factorial::ENTRY,
    min_scale::ENTRY,
    width_bucket::ENTRY,
    sin::ENTRY,
    cos::ENTRY,
    tan::ENTRY,
    cot::ENTRY,
    asin::ENTRY,
    acos::ENTRY,
    atan::ENTRY,
    atan2::ENTRY,
    sind::ENTRY,
    cosd::ENTRY,
    tand::ENTRY,
    cotd::ENTRY,
    asind::ENTRY,
    acosd::ENTRY,
    atand::ENTRY,
    atan2d::ENTRY,
    sinh::ENTRY,
    cosh::ENTRY,
    tanh::ENTRY,
    asinh::ENTRY,
    acosh::ENTRY,
    atanh::ENTRY,
    degrees::ENTRY,
    radians::ENTRY,
    pi::ENTRY,
    concatenate::ENTRY,
    concat::ENTRY,
    concat_ws::ENTRY,
    lower::ENTRY,
    upper::ENTRY,
    initcap::ENTRY,
    length::ENTRY,
    octet_length::ENTRY,
    bit_length::ENTRY,
    left::ENTRY,
    right::ENTRY,
    substring::ENTRY,
    overlay::ENTRY,
    strpos::ENTRY,
    starts_with::ENTRY,
    split_part::ENTRY,
    split_count::ENTRY,
    split_position::ENTRY,
    split_contains::ENTRY,
    replace::ENTRY,
    translate::ENTRY,
    btrim::ENTRY,
    ltrim::ENTRY,
    rtrim::ENTRY,
    lpad::ENTRY,
    rpad::ENTRY,
    repeat::ENTRY,
    reverse::ENTRY,
    format::ENTRY,
    quote_literal::ENTRY,
    quote_nullable::ENTRY,
    normalize::ENTRY,
    unaccent::ENTRY,
    ascii::ENTRY,
    chr::ENTRY,
    like::ENTRY,
    ilike::ENTRY,
    levenshtein::ENTRY,
    levenshtein_less_equal::ENTRY,
    soundex::ENTRY,
    difference::ENTRY,
    jaro_winkler::ENTRY,
    similarity::ENTRY,
    regex_match::ENTRY,
    regex_match_ignoring_case::ENTRY,
    regex_no_match::ENTRY,
    regex_no_match_ignoring_case::ENTRY,
    regexp_like::ENTRY,
    regexp_count::ENTRY,
    regexp_instr::ENTRY,
    regexp_substr::ENTRY,
    regexp_replace::ENTRY,
    md5::ENTRY,
    sha224::ENTRY,
    sha256::ENTRY,
    sha384::ENTRY,
    sha512::ENTRY,
    digest::ENTRY,
    hmac::ENTRY,
    crc32::ENTRY,
    hashtext::ENTRY,
    hashtextextended::ENTRY,
    to_hex::ENTRY,
    encode::ENTRY,
    decode::ENTRY,
    url_encode::ENTRY,
    url_decode::ENTRY,
    array::ENTRY,
    string_to_array::ENTRY,
    any::ENTRY,
    all::ENTRY,
    array_element::ENTRY,
    cardinality::ENTRY,
    array_length::ENTRY,
    array_position::ENTRY,
    array_to_string::ENTRY,
    array_contains::ENTRY,
    array_contained::ENTRY,
    array_overlap::ENTRY,
    json_valid::ENTRY,
    json_typeof::ENTRY,
    json_member::ENTRY,
    json_member_text::ENTRY,
    json_extract_path::ENTRY,
    json_extract_path_text::ENTRY,
    json_array_length::ENTRY,
    jsonb_exists::ENTRY,
    json_strip_nulls::ENTRY,
    to_json::ENTRY,
    is_inet::ENTRY,
    family::ENTRY,
    host::ENTRY,
    masklen::ENTRY,
    network::ENTRY,
    netmask::ENTRY,
    hostmask::ENTRY,
    broadcast::ENTRY,
    set_masklen::ENTRY,
    inet_same_family::ENTRY,
    inet_merge::ENTRY,
    network_sub::ENTRY,
    network_subeq::ENTRY,
    network_sup::ENTRY,
    network_supeq::ENTRY,
    network_overlap::ENTRY,
    inet_add::ENTRY,
    inet_difference::ENTRY,
    inet_is_private::ENTRY,
    inet_is_loopback::ENTRY,
    inet_is_link_local::ENTRY,
    inet_is_multicast::ENTRY,
    geo_distance_m::ENTRY,
    geo_distance_km::ENTRY,
    geo_bearing::ENTRY,
    geo_within_m::ENTRY,
    geo_speed_kmh::ENTRY,
    geohash::ENTRY,
    geohash_latitude::ENTRY,
    geohash_longitude::ENTRY,
    extract::ENTRY,
    date_part::ENTRY,
    date_trunc::ENTRY,
    timezone::ENTRY,
    utc_offset::ENTRY,
    date_bin::ENTRY,
    make_date::ENTRY,
    make_timestamptz::ENTRY,
    make_interval::ENTRY,
    age::ENTRY,
    justify_hours::ENTRY,
    justify_days::ENTRY,
    justify_interval::ENTRY,
    date_add::ENTRY,
    date_subtract::ENTRY,
    overlaps::ENTRY,
    to_timestamp::ENTRY,
    to_date::ENTRY,
    to_char::ENTRY,
    cast::ENTRY,
];
