//! Values and answers as JSON, to the letter.

use types::{Interval, decimal};

use super::*;
use crate::answer::{Late, Raised};

fn rendered(value: Option<Value>) -> String {
    let mut out = Vec::new();
    write_value(&mut out, value.as_ref());
    String::from_utf8(out).unwrap()
}

#[test]
fn every_type_has_its_form() {
    let cases = [
        (None, "null"),
        (Some(Value::Text("a\"b\\\u{1}\n€".to_owned())), "\"a\\\"b\\\\\\u0001\\n€\""),
        (Some(Value::Text("tab\tonly".to_owned())), "\"tab\\tonly\""),
        (Some(Value::Text("a\"b".to_owned())), "\"a\\\"b\""),
        (Some(Value::Text("a\\b".to_owned())), "\"a\\\\b\""),
        (Some(Value::BigInt(i64::MIN)), "-9223372036854775808"),
        (Some(Value::Decimal { unscaled: -1_250, scale: 2 }), "-12.50"),
        (Some(Value::Double(0.1)), "0.1"),
        (Some(Value::Double(-0.0)), "-0.0"),
        (Some(Value::Double(f64::NAN)), "\"NaN\""),
        (Some(Value::Double(f64::NEG_INFINITY)), "\"-Infinity\""),
        (Some(Value::Double(f64::INFINITY)), "\"Infinity\""),
        (Some(Value::Boolean(true)), "true"),
        (Some(Value::Timestamptz(1_767_323_045_678_000)), "\"2026-01-02T03:04:05.678000Z\""),
        (Some(Value::Timestamptz(-1)), "\"1969-12-31T23:59:59.999999Z\""),
        (Some(Value::Timestamptz(i64::MAX)), "\"9223372036854775807\""),
        (Some(Value::Date(1)), "\"1970-01-02\""),
        (
            Some(Value::Interval(Interval { months: 1, days: 0, micros: 5 })),
            "\"1 months 0 days 5 microseconds\"",
        ),
    ];
    for (value, expected) in cases {
        assert_eq!(rendered(value), expected);
    }
}

#[test]
fn doubles_are_json_and_read_back() {
    for double in [5e-324, 1e-7, 1e-5, 0.3, 1.0, 12.5, 1e15, 1e16, 1e21, f64::MAX, -123_456.789e-30] {
        let text = rendered(Some(Value::Double(double)));
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back.as_f64(), Some(double), "{text}");
        assert!(text.len() <= 24, "{text} is not the shortest");
    }
}

#[test]
fn decimals_have_the_digits_that_types_writes() {
    let mut magnitudes: Vec<i128> =
        vec![0, 1, 5, 10, 99, 1_250, i128::from(u64::MAX), i128::from(u64::MAX) + 1, decimal::LIMIT - 1];
    magnitudes.extend((0..38).map(|exponent| 10_i128.pow(exponent)));
    magnitudes.extend((0..38).map(|exponent| 10_i128.pow(exponent) * 7 + 3));
    for magnitude in magnitudes {
        for unscaled in [magnitude, -magnitude] {
            for scale in [0, 1, 2, 18, 19, 20, 37, 38] {
                let mut expected = String::new();
                decimal::write(&mut expected, unscaled, scale).unwrap();
                assert_eq!(rendered(Some(Value::Decimal { unscaled, scale })), expected);
            }
        }
    }
}

#[test]
fn an_answer_is_one_line_of_json_with_all_its_parts() {
    let record = Answer {
        decision: "payment_risk".to_owned(),
        id: "p-1".to_owned(),
        position: 42,
        epoch: 3,
        arrived: Some(1_767_323_045_000_000),
        outcome: Some("review".to_owned()),
        reasons: vec![Fired {
            rule: "velocity".to_owned(),
            outcome: "review".to_owned(),
            reason: "card velocity".to_owned(),
            shadow: true,
            condition: "amount > 5".to_owned(),
            saw: Named::from_iter([("amount", Some(Value::Decimal { unscaled: 1_250, scale: 2 }))]),
        }],
        scores: Named::from_iter([("fraud_score", Some(Value::Double(0.25)))]),
        features: Named::from_iter([("card_payments_1h", Some(Value::BigInt(12))), ("ratio", None)]),
        event: Named::from_iter([("event_id", Some(Value::Text("p-1".to_owned())))]),
        raised: vec![Raised { item: "ratio".to_owned(), message: "division by zero".to_owned() }],
        versions: vec![("fraud".to_owned(), "ab12".to_owned())],
        latency_us: Some(812),
        ..Answer::default()
    };
    let expected = concat!(
        r#"{"decision":"payment_risk","id":"p-1","position":42,"epoch":3,"arrived":"2026-01-02T03:04:05Z","#,
        r#""outcome":"review","not_applicable":false,"repeated":false,"late":false,"#,
        r#""reasons":[{"rule":"velocity","outcome":"review","reason":"card velocity","shadow":true,"#,
        r#""saw":{"amount":12.50}}],"scores":{"fraud_score":0.25},"#,
        r#""features":{"card_payments_1h":12,"ratio":null},"event":{"event_id":"p-1"},"#,
        r#""raised":[{"item":"ratio","message":"division by zero"}],"versions":{"fraud":"ab12"},"latency_us":812}"#,
    );
    assert_eq!(answer(&record), expected);
    let bare = Answer { not_applicable: true, repeated: true, late: Some(Late::Past), ..Answer::default() };
    let expected = concat!(
        r#"{"decision":"","id":"","position":0,"epoch":0,"outcome":null,"not_applicable":true,"repeated":true,"#,
        r#""late":true,"late_bound":"allowed_lateness","reasons":[],"scores":{},"features":{},"event":{},"raised":[]}"#,
    );
    assert_eq!(answer(&bare), expected);
}

#[test]
fn items_are_counted_and_listed() {
    let items = [
        Item::Accepted { position: 5 },
        Item::Duplicate { position: 2 },
        Item::Conflict { position: 3, message: "other content".to_owned() },
        Item::Rejected {
            code: "scale_exceeded".into(),
            field: Some("amount".to_owned()),
            message: "m".to_owned(),
        },
        Item::Rejected { code: "not_json".into(), field: None, message: "n".to_owned() },
    ];
    let mut out = Vec::new();
    write_items(&mut out, &items);
    let expected = concat!(
        r#"{"accepted":1,"duplicates":1,"conflicts":1,"rejected":2,"items":[{"status":"accepted","position":5},"#,
        r#"{"status":"duplicate","position":2},{"status":"conflict","position":3,"message":"other content"},"#,
        r#"{"status":"rejected","code":"scale_exceeded","field":"amount","message":"m"},"#,
        r#"{"status":"rejected","code":"not_json","message":"n"}]}"#,
    );
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
