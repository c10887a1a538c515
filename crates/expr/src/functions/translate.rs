//! `translate`.

use crate::{
    kernels::{self, Text},
    registry::{Category, Entry, Kind, Signature},
};

pub(crate) const ENTRY: Entry = Entry {
    name: "translate",
    form: "translate(a, from, to)",
    category: Category::Text,
    description: "Each character of `from` becomes the one at its place in `to`, or is dropped when there is none.",
    examples: &[("translate('12345', '143', 'ax')", "a2x5")],
    signatures: &[Signature::new(&[Kind::Text, Kind::Text, Kind::Text], Kind::Text, |arguments, output| {
        kernels::text3::<Text, Text, Text>(arguments, output, |text, from, to, out| {
            out.extend(text.chars().filter_map(
                |letter| match from.chars().position(|other| other == letter) {
                    None => Some(letter),
                    Some(place) => to.chars().nth(place),
                },
            ));
            Ok(())
        });
    })],
};
