//! Events of every form: what is taken is exact, what is not says why, and nothing panics.

use std::time::Instant;

use proptest::prelude::*;
use types::{Field, Schema, Value};

use super::*;

fn stream(columns: &[(&str, DataType)]) -> Arc<Stream> {
    let fields = columns.iter().map(|(name, data_type)| Field {
        name: (*name).to_owned(),
        data_type: *data_type,
        not_null: false,
    });
    Arc::new(Stream {
        name: "payments".to_owned(),
        schema: Schema { fields: fields.collect() },
        primary_key: 0,
        event_time: 1,
        arrival_time: None,
        allowed_lateness: 0,
        future_max: 0,
        dedupe: 0,
        hot: 0,
        key_horizon: 0,
        tokens: Vec::new(),
    })
}

fn all_types() -> Arc<Stream> {
    stream(&[
        ("id", DataType::Text),
        ("at", DataType::Timestamptz),
        ("amount", DataType::Decimal { precision: 9, scale: 2 }),
        ("count", DataType::BigInt),
        ("ratio", DataType::Double),
        ("ok", DataType::Boolean),
        ("day", DataType::Date),
    ])
}

const HEAD: &str = r#""id":"e1","at":"2026-01-02T03:04:05.678Z""#;

fn one(rest: &str) -> Result<Vec<Option<Value>>, Rejection> {
    let mut decoder = Decoder::new(all_types());
    let result = decoder.push_json(format!("{{{HEAD}{rest}}}").as_bytes());
    assert_eq!(decoder.rows(), usize::from(result.is_ok()));
    assert!(
        decoder.columns().iter().all(|column| column.len() == decoder.rows()),
        "no column is left behind"
    );
    result.map(|()| decoder.columns().iter().map(|column| column.value(0)).collect())
}

#[test]
fn every_type_is_taken_exactly() {
    let row = one(r#","amount":12.5,"count":"-7","ratio":1e-3,"ok":true,"day":"2026-01-02""#).expect("good");
    assert_eq!(
        row,
        [
            Some(Value::Text("e1".to_owned())),
            Some(Value::Timestamptz(1_767_323_045_678_000)),
            Some(Value::Decimal { unscaled: 1250, scale: 2 }),
            Some(Value::BigInt(-7)),
            Some(Value::Double(0.001)),
            Some(Value::Boolean(true)),
            Some(Value::Date(20_455)),
        ]
    );
    let nulls = one(r#","amount":null,"ok":null"#).expect("good");
    assert_eq!(nulls[2..], [const { None }; 5]);
    let value = |rest: &str, column: usize| one(rest).expect("good")[column].clone().expect("not NULL");
    for (text, unscaled) in [("9999999.99", 999_999_999), ("\"-0.01\"", -1), ("1e3", 100_000), ("7.000", 700)]
    {
        assert_eq!(
            value(&format!(r#","amount":{text}"#), 2),
            Value::Decimal { unscaled, scale: 2 },
            "{text}"
        );
    }
    for (text, expected) in
        [("9223372036854775807", i64::MAX), ("\"-9223372036854775808\"", i64::MIN), ("2.0", 2)]
    {
        assert_eq!(value(&format!(r#","count":{text}"#), 3), Value::BigInt(expected), "{text}");
    }
    assert_eq!(value(r#","ratio":"Infinity""#, 4), Value::Double(f64::INFINITY));
    assert_eq!(value(r#","ratio":85.64999999999999"#, 4), Value::Double(85.649_999_999_999_99));
}

#[test]
fn what_is_wrong_has_a_code_a_field_and_a_remedy() {
    let long = format!(r#","x":"{}""#, "y".repeat(70_000));
    let deep = format!(r#","x":{}"#, "[".repeat(40) + &"]".repeat(40));
    let long_number = format!(r#","amount":"{}""#, "z".repeat(100));
    for (rest, code, field, part) in [
        (
            r#","amount":1.234"#,
            "scale_exceeded",
            "amount",
            "amount is DECIMAL(9,2), has 2 digits after the point",
        ),
        (r#","amount":10000000"#, "out_of_range", "amount", "cannot hold \"10000000\""),
        (r#","amount":true"#, "wrong_type", "amount", "amount is DECIMAL(9,2) and got a boolean"),
        (&long_number, "wrong_type", "amount", "and 60 bytes more"),
        (
            r#","count":9223372036854775808"#,
            "out_of_range",
            "count",
            "send a whole number from -9223372036854775808",
        ),
        (r#","count":1.5"#, "scale_exceeded", "count", "count is BIGINT"),
        (r#","count":"seven""#, "wrong_type", "count", "got \"seven\""),
        (r#","ratio":1e999"#, "out_of_range", "ratio", "cannot hold \"1e999\""),
        (r#","ok":"true""#, "wrong_type", "ok", "ok is BOOLEAN and got a string; send true or false"),
        (r#","day":20260102"#, "wrong_type", "day", "day is DATE and got a number; send a date"),
        (r#","day":"2026-02-30""#, "wrong_type", "day", "got \"2026-02-30\""),
        (r#","id":"again""#, "duplicate_field", "id", "id stands in the event twice"),
        (r#","\u0069d":"again""#, "duplicate_field", "id", "id stands in the event twice"),
        (r#","ok":tru"#, "malformed_json", "ok", "not JSON after 48 bytes of the event"),
        (r#","count":01"#, "malformed_json", "count", "a number without leading zeros"),
        (r#","x":"\ud800""#, "malformed_json", "", "surrogates in pairs"),
        (&deep, "too_deep", "", "nests deeper than 32 levels"),
        (&long, "event_too_large", "", "the limit is 65536"),
    ] {
        let rejection = one(rest).expect_err(rest);
        assert_eq!((rejection.code, rejection.field.as_deref().unwrap_or("")), (code, field), "{rejection}");
        assert!(rejection.message.contains(part), "{rejection}");
    }
}

#[test]
fn events_without_what_they_need_are_refused() {
    for (event, code, field, part) in [
        (r#"{"id":"e"}"#, "missing_field", "at", "at is missing and must not be NULL; send RFC 3339"),
        (r#"{"id":null,"at":"2026-01-02T03:04:05Z"}"#, "missing_field", "id", "id is null"),
        (
            r#"{"id":7,"at":"2026-01-02T03:04:05Z"}"#,
            "wrong_type",
            "id",
            "id is TEXT and got a number; send a string",
        ),
        (
            r#"{"id":"e","at":1767323045678}"#,
            "wrong_type",
            "at",
            "at is TIMESTAMPTZ and got a number; send RFC 3339",
        ),
        (r#"{"id":"e","at":"2026-01-02T03:04:05.1234567Z"}"#, "wrong_type", "at", "of at most microseconds"),
        ("[]", "malformed_json", "", "not JSON after 0 bytes of the event: expected an object"),
        ("", "malformed_json", "", "expected an object"),
        (r#"{"id":"e","at":"2026-01-02T03:04:05Z"} {"#, "malformed_json", "", "nothing after the object"),
        (r#"{"id":"e","at":"2026-01-02T03:04:05Z",}"#, "malformed_json", "", "the name of a field in quotes"),
        (r#"{"id":"e","at":"2026-01-02T03:04:05Z""#, "malformed_json", "", "`,` or `}` in an object"),
        ("{\"id\":\"e\n\"}", "malformed_json", "", "no control character in a string"),
        (r#"{"id":"e"#, "malformed_json", "", "the closing quote of a string"),
    ] {
        let mut decoder = Decoder::new(all_types());
        let rejection = decoder.push_json(event.as_bytes()).expect_err(event);
        assert_eq!((rejection.code, decoder.rows()), (code, 0), "{event}: {rejection}");
        assert!(rejection.message.contains(part), "{rejection}");
        if !field.is_empty() {
            assert_eq!(rejection.field.as_deref(), Some(field));
        }
    }
    let rejection = Decoder::new(all_types()).push_json(b"{\"id\":\"\xff\"}").expect_err("not UTF-8");
    assert_eq!(
        (rejection.code, &*rejection.message),
        ("malformed_json", "not UTF-8 after 7 bytes of the event; send JSON in UTF-8")
    );
    let limits = Limits { text_bytes_max: 3, ..Limits::default() };
    let mut decoder = Decoder::with_limits(all_types(), limits);
    let rejection = decoder.push_json(br#"{"id":"four"}"#).expect_err("too long");
    assert_eq!(
        (rejection.code, &*rejection.message),
        ("text_too_long", "id has 4 bytes, the limit is 3; send a shorter text")
    );
}

#[test]
fn fields_come_in_any_order_and_unknown_ones_are_counted() {
    let mut decoder = Decoder::new(all_types());
    let events = [
        r#"{"at":"2026-01-02T03:04:05Z","id":"a","count":1}"#,
        r#"{"x":{"count":[9,{}]},"count":2,"id":"b","y":"\n","at":"2026-01-02T03:04:05Z"}"#,
        r#"{"count":3,"at":"2026-01-02T03:04:05Z","ok":false,"id":"c\u00e9\ud83d\ude00\"","x":1}"#,
        r#"{"at":"2026-01-02T03:04:05Z","id":"d"}"#,
    ];
    for event in events {
        decoder.push_json(event.as_bytes()).expect("good");
    }
    assert_eq!(decoder.unknown_fields(), 3);
    let columns = decoder.take();
    let ids: Vec<&str> = columns[0].as_text().expect("text").iter().collect();
    assert_eq!(ids, ["a", "b", "cé😀\"", "d"]);
    let counts: Vec<_> = (0..4).map(|row| columns[3].value(row)).collect();
    assert_eq!(counts, [Some(Value::BigInt(1)), Some(Value::BigInt(2)), Some(Value::BigInt(3)), None]);
    assert_eq!(decoder.rows(), 0);
}

/// How a body is taken.
type Layout = fn(&mut Decoder, &[u8]) -> Result<Items, Rejection>;

/// Ids of the rows, and the code of each item.
fn body(body: &[u8], layout: Layout) -> (Vec<String>, Vec<&'static str>) {
    let mut decoder = Decoder::new(stream(&[("id", DataType::Text), ("at", DataType::Timestamptz)]));
    let items = layout(&mut decoder, body).expect("the body is within its limit");
    let codes =
        items.iter().map(|item| item.as_ref().map_or_else(|rejection| rejection.code, |()| "")).collect();
    (decoder.columns()[0].as_text().expect("text").iter().map(str::to_owned).collect(), codes)
}

fn event(id: &str) -> String {
    format!("{{\"id\":\"{id}\",\"at\":\"2026-01-02T03:04:05Z\"}}")
}

#[test]
fn a_body_may_hold_one_an_array_or_many() {
    let (a, b) = (event("a"), event("b"));
    let pretty = a.replace(',', ",\n  ").replace('{', "{\n");
    for text in [
        format!("{a}\n{b}\n"),
        format!("{a}{b}"),
        format!("[{a},{b}]"),
        format!(" [\n{a} ,\n{b}\n]\n"),
        format!("{pretty}\n{b}"),
        format!("[{pretty},{b}]"),
    ] {
        assert_eq!(
            body(text.as_bytes(), Decoder::push_body),
            (vec!["a".into(), "b".into()], vec!["", ""]),
            "{text}"
        );
    }
    assert_eq!(body(format!("\n{a}\r\n\n{b}").as_bytes(), Decoder::push_lines).1, ["", ""]);
    for nothing in ["", "[]", " [ ] ", "\n"] {
        assert!(body(nothing.as_bytes(), Decoder::push_body).1.is_empty(), "{nothing}");
    }
}

#[test]
fn a_bad_event_does_not_harm_its_neighbours() {
    let bad = "malformed_json";
    let large = format!("{{\"id\":\"{}\"}}", "x".repeat(70_000));
    for (broken, code) in [
        (r#"{"id":"x"}"#, "missing_field"),
        (r#"{"id":"x","at":tru}"#, bad),
        (r#"{"id":"x"]"#, bad),
        (r#"{"id":"x","at":[1,2}"#, bad),
        (r#"{"id":"x"#, bad),
        ("nonsense", bad),
        ("42", bad),
        ("{\"id\":\"\\q\"}", bad),
        (&large, "event_too_large"),
    ] {
        let (a, b) = (event("a"), event("b"));
        for text in [format!("{a}\n{broken}\n{b}"), format!("[{a},\n{broken}\n,{b}]")] {
            let expected = (vec!["a".to_owned(), "b".to_owned()], vec!["", code, ""]);
            assert_eq!(body(text.as_bytes(), Decoder::push_body), expected, "{:.200}", text);
            if !text.starts_with('[') {
                assert_eq!(body(text.as_bytes(), Decoder::push_lines), expected, "{:.200}", text);
            }
        }
        if code == "missing_field" || broken.contains("tru") {
            let text = format!("[{a},{broken},{b}]");
            assert_eq!(body(text.as_bytes(), Decoder::push_body).1, ["", code, ""], "{text}");
        }
    }
    let invalid = [event("a").as_bytes(), b"\n{\"id\":\"\xff\"}\n", event("b").as_bytes()].concat();
    let expected = (vec!["a".to_owned(), "b".to_owned()], vec!["", bad, ""]);
    assert_eq!(body(&invalid, Decoder::push_body), expected);
    assert_eq!(body(&invalid, Decoder::push_lines), expected);
    let array = [b"[", event("a").as_bytes(), b",{\"id\":\"\xff\"},", event("b").as_bytes(), b"]"].concat();
    assert_eq!(body(&array, Decoder::push_body), expected);
    let unfinished = format!("[{},{}", event("a"), event("b"));
    assert_eq!(body(unfinished.as_bytes(), Decoder::push_body).1, ["", "", bad]);
    assert_eq!(body(format!("{unfinished}] x").as_bytes(), Decoder::push_body).1, ["", "", bad]);
}

#[test]
fn a_body_is_bounded() {
    let limits = Limits { body_events_max: 2, ..Limits::default() };
    let (lines, array) =
        ([event("a"), event("b"), event("c")].join("\n"), format!("[{0},{0},{0}]", event("a")));
    let many = format!("[{}", "1,".repeat(1_000_000));
    let damaged = [array.as_bytes(), b"\xff"].concat();
    for (body, layout) in [
        (lines.as_bytes(), Decoder::push_body as Layout),
        (lines.as_bytes(), Decoder::push_lines),
        (array.as_bytes(), Decoder::push_body),
        (many.as_bytes(), Decoder::push_body),
        (b"[1,2,\"", Decoder::push_body),
        (&damaged, Decoder::push_body),
    ] {
        let mut decoder = Decoder::with_limits(all_types(), limits);
        decoder.push_json(event("before").as_bytes()).expect("good");
        let refused = layout(&mut decoder, body).expect_err("three of two");
        assert_eq!((decoder.rows(), refused.code), (1, "too_many_events"));
        assert_eq!(refused.message, "the body holds more than 2 events; send several requests");
    }
    let mut decoder = Decoder::with_limits(all_types(), limits);
    let items = decoder.push_body(format!("[{0},{0}]", event("a")).as_bytes());
    assert_eq!((items.map(|items| items.len()), decoder.rows()), (Ok(2), 2));
}

#[test]
fn the_byte_at_fault_is_counted_from_the_start_of_the_body() {
    let bad = r#"{"id":"x","at":tru}"#;
    for (before, layout) in [
        ("[ ".to_owned() + &event("a") + ",", Decoder::push_body as Layout),
        (event("a") + "\n", Decoder::push_body),
        (event("a") + "\n\n", Decoder::push_lines),
    ] {
        let text = format!("{before}{bad}");
        let items = layout(&mut Decoder::new(all_types()), text.as_bytes()).expect("two events");
        let expected = format!("not JSON after {} bytes of the body: expected", before.len() + 15);
        let rejection = items[1].as_ref().expect_err("the second is bad");
        assert!(rejection.message.starts_with(&expected), "{rejection} is not {expected}");
        let damaged = [before.as_bytes(), b"{\"id\":\"\xff\"}"].concat();
        let items = layout(&mut Decoder::new(all_types()), &damaged).expect("two events");
        let expected = format!("not UTF-8 after {} bytes of the body; send JSON in UTF-8", before.len() + 7);
        assert_eq!(items[1].as_ref().expect_err("the second is bad").message, expected);
    }
}

#[test]
fn a_time_says_its_zone() {
    for (text, code) in [
        ("2026-01-02T08:34:05+05:30", None),
        ("2026-01-02T03:04:05", Some("zone_missing")),
        ("2026-01-02", Some("zone_missing")),
        ("2026-01-02T03:04:60Z", Some("wrong_type")),
    ] {
        let mut decoder = Decoder::new(all_types());
        let result = decoder.push_json(format!(r#"{{"id":"e","at":"{text}"}}"#).as_bytes());
        assert_eq!(result.as_ref().err().map(|rejection| rejection.code), code, "{text}");
        if code == Some("zone_missing") {
            let expected = format!(
                "at is TIMESTAMPTZ and {text:?} says no zone; add Z for UTC or an offset such as +05:30"
            );
            assert_eq!(result.expect_err("no zone").message, expected);
        }
    }
}

proptest! {
    #[test]
    fn altered_bodies_never_panic_and_rows_match_items(
        ids in prop::collection::vec("[a-z\"\\\\é]{0,6}", 0..6),
        array in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let events: Vec<String> = ids
            .iter()
            .map(|id| event(&serde_json::to_string(id).expect("text is JSON").trim_matches('"').replace('"', "\\\"")))
            .collect();
        let text = if array { format!("[{}]", events.join(",")) } else { events.join("\n") };
        let mut bytes = text.into_bytes();
        for (place, byte) in changes {
            if !bytes.is_empty() {
                let at = place.index(bytes.len());
                bytes[at] = byte;
            }
        }
        for layout in [Decoder::push_body as Layout, Decoder::push_lines] {
            let mut decoder = Decoder::new(all_types());
            let items = layout(&mut decoder, &bytes).expect("the body is within its limit");
            prop_assert_eq!(decoder.rows(), items.iter().filter(|item| item.is_ok()).count());
            for column in decoder.columns() {
                prop_assert_eq!(column.len(), decoder.rows());
            }
        }
    }

    #[test]
    fn rows_are_what_serde_json_reads(
        events in prop::collection::vec(
            (any::<String>(), any::<i64>(), prop::option::of(-99_999_999_i64..99_999_999), any::<bool>()), 1..5),
    ) {
        let mut decoder = Decoder::new(all_types());
        for (id, count, cents, ok) in &events {
            let mut object = serde_json::json!({
                "id": id, "at": "2026-01-02T03:04:05Z", "count": count, "ok": ok, "extra": [id, {}],
            });
            if let Some(cents) = cents {
                object["amount"] = serde_json::json!(format!("{cents}e-2"));
            }
            decoder.push_json(object.to_string().as_bytes()).expect("good");
        }
        let columns = decoder.take();
        for (row, (id, count, cents, ok)) in events.iter().enumerate() {
            let amount = cents.map(|cents| Value::Decimal { unscaled: i128::from(cents), scale: 2 });
            prop_assert_eq!(columns[0].value(row), Some(Value::Text(id.clone())));
            prop_assert_eq!(columns[2].value(row), amount);
            prop_assert_eq!(columns[3].value(row), Some(Value::BigInt(*count)));
            prop_assert_eq!(columns[5].value(row), Some(Value::Boolean(*ok)));
        }
    }
}

/// Events whose speed is measured.
const EVENTS: usize = 8_192;

/// A body of events with 15 fields, and the stream that takes it.
fn fifteen_fields(events: usize) -> (String, Arc<Stream>) {
    let text = DataType::Text;
    let stream = stream(&[
        ("event_id", text),
        ("occurred_at", DataType::Timestamptz),
        ("payment_id", text),
        ("merchant_id", text),
        ("card_id", text),
        ("device_id", text),
        ("ip", text),
        ("amount", DataType::Decimal { precision: 18, scale: 2 }),
        ("currency", text),
        ("method", text),
        ("gateway", text),
        ("status", text),
        ("shipping_address", text),
        ("attempt", DataType::BigInt),
        ("international", DataType::Boolean),
    ]);
    let event = |row: usize| {
        format!(
            r#"{{"event_id":"evt_{row:016}","payment_id":"pay_{row:014}","occurred_at":"2026-01-02T03:04:05.{:06}Z","merchant_id":"merchant_{:05}","card_id":"4{:015}","device_id":"dev_{:012}","ip":"10.1.{}.7","amount":{}.{:02},"currency":"INR","method":"card","gateway":"gateway_a","status":"captured","shipping_address":"12, MG Road, Bengaluru 560001","attempt":{},"international":false}}"#,
            row % 1_000_000,
            row % 2_000,
            row * 7,
            row * 3,
            row % 256,
            row % 50_000,
            row % 100,
            row % 3
        )
    };
    ((0..events).map(event).collect::<Vec<_>>().join("\n"), stream)
}

#[test]
fn the_speed_of_a_wide_event_is_shown() {
    let (body, stream) = fifteen_fields(EVENTS);
    let mut decoder = Decoder::new(stream);
    let start = Instant::now();
    let items = decoder.push_lines(body.as_bytes()).expect("the body is within its limit");
    let elapsed = start.elapsed();
    assert_eq!((decoder.rows(), items.iter().filter(|item| item.is_err()).count()), (EVENTS, 0));
    println!(
        "{EVENTS} events of 15 fields: {:.0} MB/s, {:.0} ns each",
        body.len() as f64 / 1e6 / elapsed.as_secs_f64(),
        elapsed.as_nanos() as f64 / EVENTS as f64,
    );
}
