//! Many events in one body, each with its own result: what is wrong with one does not reach its neighbours.
//!
//! An event that is no JSON ends where its brackets close; if they do not, or if a string runs over the end of a
//! line, it ends with its line.

use super::{Decoder, Origin, Rejection, rejection::Cause, scanner::Scanner};

/// What became of each event of a body, in their order.
pub type Items = Vec<Result<(), Rejection>>;

impl Decoder {
    /// Appends all events of a body: one object, a JSON array of objects, or objects one after the other.
    ///
    /// # Errors
    /// The body holds more events than the limit: none was taken, so that neither the rows nor the reply are larger than
    /// the limit allows.
    pub fn push_body(&mut self, body: &[u8]) -> Result<Items, Rejection> {
        self.whole(|decoder, items| match std::str::from_utf8(body) {
            Ok(text) => {
                decoder.origin = Origin::body(0);
                decoder.push_content(text, items)
            }
            Err(_) => decoder.push_damaged(body, items),
        })
    }

    /// Appends all events of a body that has one object a line; empty lines are passed over.
    ///
    /// # Errors
    /// As [`Decoder::push_body`].
    pub fn push_lines(&mut self, body: &[u8]) -> Result<Items, Rejection> {
        self.whole(|decoder, items| {
            let mut start = 0;
            for line in body.split(|byte| *byte == b'\n') {
                if !line.iter().all(u8::is_ascii_whitespace) {
                    decoder.check_count(items)?;
                    items.push(decoder.push_object(line, Origin::body(start)));
                }
                start += line.len() + 1;
            }
            Ok(())
        })
    }

    /// Takes a body with `push`, or leaves no row of it.
    fn whole(
        &mut self,
        push: impl FnOnce(&mut Self, &mut Items) -> Result<(), Rejection>,
    ) -> Result<Items, Rejection> {
        let rows = self.rows();
        let mut items = Items::new();
        match push(self, &mut items) {
            Ok(()) => Ok(items),
            Err(rejection) => {
                self.columns.iter_mut().for_each(|column| column.truncate(rows));
                Err(rejection)
            }
        }
    }

    /// Refuses the body in which another event stands after `items`.
    fn check_count(&self, items: &Items) -> Result<(), Rejection> {
        if items.len() < self.limits.body_events_max {
            Ok(())
        } else {
            Err(*self.rejection(Cause::Events, None))
        }
    }

    fn push_content(&mut self, text: &str, items: &mut Items) -> Result<(), Rejection> {
        let mut scanner = Scanner::new(text, 0);
        if scanner.take(b'[') {
            return self.push_array(text, scanner, items);
        }
        while scanner.peek().is_some() {
            let next = self.push_next(text, scanner.at(), items)?;
            scanner = Scanner::new(text, next);
        }
        Ok(())
    }

    fn push_array<'a>(
        &mut self,
        text: &'a str,
        mut scanner: Scanner<'a>,
        items: &mut Items,
    ) -> Result<(), Rejection> {
        let mut first = true;
        while !scanner.take(b']') {
            if !first && !scanner.take(b',') {
                return self.broken(&scanner, "`,` or `]` after an event", items);
            }
            if scanner.peek().is_none() {
                return self.broken(&scanner, "`]` at the end of the events", items);
            }
            first = false;
            let next = self.push_next(text, scanner.at(), items)?;
            scanner = Scanner::new(text, next);
        }
        match scanner.peek() {
            Some(_) => self.broken(&scanner, "nothing after the array", items),
            None => Ok(()),
        }
    }

    #[cold]
    fn broken(
        &self,
        scanner: &Scanner<'_>,
        expected: &'static str,
        items: &mut Items,
    ) -> Result<(), Rejection> {
        self.check_count(items)?;
        items.push(Err(*self.rejection(Cause::Json(scanner.syntax(expected)), None)));
        Ok(())
    }

    /// Takes the event at `start`; returns where what follows it starts.
    fn push_next(&mut self, text: &str, start: usize, items: &mut Items) -> Result<usize, Rejection> {
        self.check_count(items)?;
        let mut scanner = Scanner::new(text, start);
        let limit = self.limits.object_bytes_max;
        let result = self.row(&mut scanner, |decoder, scanner| match scanner.at() - start {
            len if len > limit => Err(decoder.rejection(Cause::Large { len }, None)),
            _ => Ok(()),
        });
        let next = match &result {
            Ok(()) => scanner.at(),
            Err(_) => extent(text.as_bytes(), start),
        };
        items.push(result.map_err(|rejection| self.or_too_large(rejection, next - start)));
        Ok(next)
    }

    /// An event beyond the limit is too large whatever else is wrong with it.
    fn or_too_large(&self, rejection: Rejection, len: usize) -> Rejection {
        if len > self.limits.object_bytes_max { self.too_large(len) } else { rejection }
    }

    /// Takes the events of a body that is not UTF-8 throughout: one by one, so that only those are rejected that are not.
    fn push_damaged(&mut self, body: &[u8], items: &mut Items) -> Result<(), Rejection> {
        let mut at = skip_white(body, 0);
        let array = body.get(at) == Some(&b'[');
        at = skip_white(body, at + usize::from(array));
        while at < body.len() && !(array && body[at] == b']') {
            let end = extent(body, at);
            self.check_count(items)?;
            items.push(self.push_object(&body[at..end], Origin::body(at)));
            at = skip_white(body, end);
            if array && body.get(at) == Some(&b',') {
                at = skip_white(body, at + 1);
            }
        }
        Ok(())
    }
}

fn skip_white(body: &[u8], mut at: usize) -> usize {
    while body.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Where an event that starts at `start` ends, whether or not it is JSON: after its last bracket, or with its line.
/// Always beyond `start`.
fn extent(body: &[u8], start: usize) -> usize {
    let (mut open, mut quoted, mut at) = (Vec::new(), false, start);
    while let Some(byte) = body.get(at) {
        match (quoted, byte) {
            (true, b'\\') => at += 1,
            (true, b'\n') => break,
            (_, b'"') => quoted = !quoted,
            (false, b'{') => open.push(b'}'),
            (false, b'[') => open.push(b']'),
            (false, b'}' | b']') => match open.pop() {
                Some(closing) if closing == *byte && open.is_empty() => return at + 1,
                Some(closing) if closing == *byte => {}
                Some(_) => break,
                // What closes nothing ends the item before it, or is one of its own.
                None => return at.max(start + 1),
            },
            (false, b',' | b'\n') if open.is_empty() => return at.max(start + 1),
            _ => {}
        }
        at += 1;
    }
    let line = body[start..].iter().position(|byte| *byte == b'\n');
    line.map_or(body.len(), |len| (start + len).max(start + 1))
}

#[cfg(test)]
mod tests {
    use super::{super::scanner, *};

    #[test]
    fn an_event_ends_with_its_brackets_or_its_line() {
        for (body, end) in [
            (r#"{"a":[1,{"b":"}"}]} x"#, 19),
            (r#"{"a":"\""}{"#, 10),
            ("{\"a\":1\n{\"b\":2}", 6),
            ("{\"a\":[1}\n,{\"b\":2}]", 8),
            ("{\"a\":\"x\n{\"b\":2}", 7),
            ("nonsense, {}", 8),
            ("nonsense] ", 8),
            ("]]", 1),
            (",x", 1),
            ("12\n{}", 2),
            ("{", 1),
        ] {
            assert_eq!(extent(body.as_bytes(), 0), end.min(body.len()), "{body}");
        }
    }

    #[test]
    fn faults_are_scanner_faults() {
        // The scanner and the extent agree on what is JSON.
        let text = r#"{"a":[1,{"b":"}\\\""}]}"#;
        let mut scanner = Scanner::new(text, 0);
        assert_eq!(scanner.skip(9, &mut String::new()), Ok::<(), scanner::Fault>(()));
        assert_eq!(scanner.at(), extent(text.as_bytes(), 0));
    }
}
