//! Universal Binary JSON, the subset that XGBoost reads and writes: big-endian numbers, typed and counted
//! arrays.

use crate::{
    Error,
    document::{NESTING_MAX, Packer, UNREAD, Value},
};

/// Reads a whole document.
///
/// # Errors
/// [`Error::Syntax`] with the byte at which it is none.
pub fn read(bytes: &[u8]) -> Result<Value, Error> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0, true)?;
    if reader.at < bytes.len() { Err(reader.error("something after the end")) } else { Ok(value) }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, problem: &'static str) -> Error {
        Error::Syntax { format: "UBJSON", problem, at: self.at }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| self.error("the file ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        Ok(self.take(1)?[0])
    }

    fn next_is(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        Ok(self.take(N)?.try_into().expect("as many bytes were taken"))
    }

    /// A length: any integer type, not negative.
    fn len(&mut self) -> Result<usize, Error> {
        let at = self.at;
        let marker = self.byte()?;
        let len = match marker {
            b'i' | b'U' | b'I' | b'l' | b'L' => self.scalar(marker)?,
            _ => Value::Null,
        };
        let Value::Integer(len) = len else {
            return Err(Error::Syntax { format: "UBJSON", problem: "no length", at });
        };
        usize::try_from(len).map_err(|_| Error::Syntax { format: "UBJSON", problem: "a negative length", at })
    }

    fn string(&mut self) -> Result<String, Error> {
        let len = self.len()?;
        let at = self.at;
        let text = std::str::from_utf8(self.take(len)?);
        let error = Error::Syntax { format: "UBJSON", problem: "a string that is not UTF-8", at };
        text.map(str::to_owned).map_err(|_| error)
    }

    fn scalar(&mut self, marker: u8) -> Result<Value, Error> {
        Ok(match marker {
            b'i' => Value::Integer(i64::from(i8::from_be_bytes(self.fixed()?))),
            b'U' => Value::Integer(i64::from(self.byte()?)),
            b'I' => Value::Integer(i64::from(i16::from_be_bytes(self.fixed()?))),
            b'l' => Value::Integer(i64::from(i32::from_be_bytes(self.fixed()?))),
            b'L' => Value::Integer(i64::from_be_bytes(self.fixed()?)),
            b'd' => Value::Float(f32::from_be_bytes(self.fixed()?)),
            b'D' => Value::Float(f64::from_be_bytes(self.fixed()?) as f32),
            _ => {
                self.at -= 1;
                return Err(self.error("an unknown type"));
            }
        })
    }

    /// A value at `depth`; one that is not kept is only checked.
    fn value(&mut self, depth: usize, keep: bool) -> Result<Value, Error> {
        if depth > NESTING_MAX {
            return Err(self.error("nesting deeper than 32"));
        }
        match self.byte()? {
            b'{' => self.object(depth, keep),
            b'[' => self.array(depth, keep),
            b'S' => Ok(Value::Text(self.string()?)),
            b'T' => Ok(Value::Boolean(true)),
            b'F' => Ok(Value::Boolean(false)),
            b'Z' => Ok(Value::Null),
            marker => self.scalar(marker),
        }
    }

    fn object(&mut self, depth: usize, keep: bool) -> Result<Value, Error> {
        let mut members = Vec::new();
        while !self.next_is(b'}') {
            let name = self.string()?;
            let keep = keep && !UNREAD.contains(&name.as_str());
            let value = self.value(depth + 1, keep)?;
            if keep {
                members.push((name, value));
            }
        }
        Ok(Value::Object(members))
    }

    fn array(&mut self, depth: usize, keep: bool) -> Result<Value, Error> {
        if self.next_is(b'$') {
            return self.typed(keep);
        }
        let mut values = Packer::default();
        let counted = self.next_is(b'#');
        let mut left = if counted { self.len()? } else { usize::MAX };
        while left > 0 && (counted || !self.next_is(b']')) {
            let value = self.value(depth + 1, keep)?;
            if keep {
                values.push(value);
            }
            left -= 1;
        }
        Ok(values.finish())
    }

    /// An array whose type and length come first.
    fn typed(&mut self, keep: bool) -> Result<Value, Error> {
        let marker = self.byte()?;
        let size = match marker {
            b'i' | b'U' => 1,
            b'I' => 2,
            b'l' | b'd' => 4,
            b'L' | b'D' => 8,
            _ => {
                self.at -= 1;
                return Err(self.error("an array of an unknown type"));
            }
        };
        if !self.next_is(b'#') {
            return Err(self.error("a typed array without length"));
        }
        let len = self.len()?;
        let bytes = self.take(len.checked_mul(size).ok_or_else(|| self.error("the file ends too early"))?)?;
        if !keep {
            return Ok(Value::Null);
        }
        Ok(match marker {
            b'i' => Value::Integers(bytes.iter().map(|byte| i64::from(byte.cast_signed())).collect()),
            b'U' => Value::Integers(bytes.iter().map(|byte| i64::from(*byte)).collect()),
            b'I' => Value::Integers(unpack(bytes, |bytes| i64::from(i16::from_be_bytes(bytes)))),
            b'l' => Value::Integers(unpack(bytes, |bytes| i64::from(i32::from_be_bytes(bytes)))),
            b'L' => Value::Integers(unpack(bytes, i64::from_be_bytes)),
            b'd' => Value::Floats(unpack(bytes, f32::from_be_bytes)),
            _ => Value::Floats(unpack(bytes, |bytes| f64::from_be_bytes(bytes) as f32)),
        })
    }
}

fn unpack<const N: usize, T>(bytes: &[u8], convert: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|chunk| convert(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read() {
        let bytes = b"{i\x01a[$d#i\x02\x3f\x80\x00\x00\x40\x00\x00\x00i\x01b[#i\x02I\x01\x00Ti\x01cSU\x02hii\x01d[l\xff\xff\xff\xffZ]i\x01eFi\x01fD\x3f\xf8\x00\x00\x00\x00\x00\x00}";
        let expected = [
            ("a", Value::Floats(vec![1.0, 2.0])),
            ("b", Value::Integers(vec![256, 1])),
            ("c", Value::Text("hi".to_owned())),
            ("d", Value::Array(vec![Value::Integer(-1), Value::Null])),
            ("e", Value::Boolean(false)),
            ("f", Value::Float(1.5)),
        ];
        let expected = expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!(read(bytes).unwrap(), Value::Object(expected));
    }

    #[test]
    fn what_is_not_ubjson_is_named_with_its_place() {
        let deep = b"[".repeat(40);
        for (bytes, problem, at) in [
            (&b"{"[..], "the file ends too early", 1),
            (b"{L\x00", "the file ends too early", 2),
            (b"{SU\x01aZ}", "no length", 1),
            (b"{i\xffa", "a negative length", 1),
            (b"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff", "the file ends too early", 13),
            (b"[$q#i\x01", "an array of an unknown type", 2),
            (b"[$di\x01", "a typed array without length", 3),
            (b"[#i\x02TH", "an unknown type", 5),
            (b"Si\x01\xff", "a string that is not UTF-8", 3),
            (b"ZZ", "something after the end", 1),
            (&deep, "nesting deeper than 32", 33),
        ] {
            let error = Error::Syntax { format: "UBJSON", problem, at };
            assert_eq!(read(bytes).unwrap_err(), error, "{}", bytes.escape_ascii());
        }
    }
}
