//! Every function and operator: one file each, and one line each in the list below.

mod abs;
mod acos;
mod add;
mod and;
mod ascii;
mod asin;
mod atan;
mod atan2;
mod between;
mod btrim;
mod case;
pub(crate) mod cast;
mod ceil;
mod chr;
mod coalesce;
mod concat;
mod concat_ws;
mod concatenate;
mod cos;
mod date_bin;
mod date_part;
mod date_trunc;
mod degrees;
mod divide;
mod equal;
mod exp;
mod extract;
mod floor;
mod greater;
mod greater_or_equal;
mod greatest;
mod ilike;
mod in_list;
mod initcap;
mod is_distinct_from;
mod is_false;
mod is_not_null;
mod is_null;
mod is_true;
mod least;
mod left;
mod length;
mod less;
mod less_or_equal;
mod like;
mod ln;
mod log;
mod lower;
mod lpad;
mod ltrim;
mod make_date;
mod make_interval;
mod make_timestamptz;
mod modulo;
mod multiply;
mod negate;
mod not;
mod not_equal;
mod nullif;
mod octet_length;
mod or;
mod pi;
mod power;
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
mod sign;
mod sin;
mod split_part;
mod sqrt;
mod starts_with;
mod strpos;
mod substring;
mod subtract;
mod tan;
mod to_timestamp;
mod translate;
mod trunc;
mod upper;

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
    add::ENTRY,
    subtract::ENTRY,
    multiply::ENTRY,
    divide::ENTRY,
    modulo::ENTRY,
    remainder::ENTRY,
    negate::ENTRY,
    abs::ENTRY,
    sign::ENTRY,
    ceil::ENTRY,
    floor::ENTRY,
    round::ENTRY,
    trunc::ENTRY,
    sqrt::ENTRY,
    power::ENTRY,
    exp::ENTRY,
    ln::ENTRY,
    log::ENTRY,
    sin::ENTRY,
    cos::ENTRY,
    tan::ENTRY,
    asin::ENTRY,
    acos::ENTRY,
    atan::ENTRY,
    atan2::ENTRY,
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
    left::ENTRY,
    right::ENTRY,
    substring::ENTRY,
    strpos::ENTRY,
    starts_with::ENTRY,
    split_part::ENTRY,
    replace::ENTRY,
    translate::ENTRY,
    btrim::ENTRY,
    ltrim::ENTRY,
    rtrim::ENTRY,
    lpad::ENTRY,
    rpad::ENTRY,
    repeat::ENTRY,
    reverse::ENTRY,
    ascii::ENTRY,
    chr::ENTRY,
    like::ENTRY,
    ilike::ENTRY,
    regex_match::ENTRY,
    regex_match_ignoring_case::ENTRY,
    regex_no_match::ENTRY,
    regex_no_match_ignoring_case::ENTRY,
    regexp_like::ENTRY,
    regexp_count::ENTRY,
    regexp_instr::ENTRY,
    regexp_substr::ENTRY,
    regexp_replace::ENTRY,
    extract::ENTRY,
    date_part::ENTRY,
    date_trunc::ENTRY,
    date_bin::ENTRY,
    make_date::ENTRY,
    make_timestamptz::ENTRY,
    make_interval::ENTRY,
    to_timestamp::ENTRY,
    cast::ENTRY,
];
