//! `a <@ b`.

use crate::registry::{Category, Entry};

pub(crate) const ENTRY: Entry = Entry {
    name: "<@",
    form: "a <@ b",
    category: Category::Array,
    description: "Whether each element of the first array, which is written down, is one of the second.",
    examples: &[("ARRAY['vip'] <@ string_to_array('vip,new', ',')", "true")],
    signatures: &[],
};
