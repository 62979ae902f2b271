//! Results that are more than text, as users see them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::journal::{Display, Representation};

/// A result as JSON: an object with a member for each of its representations, named by media type, as in Jupyter's MIME
/// bundles. Text is a string, JSON is itself, everything else is in Base64 (RFC 4648, 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RichResult(pub Display);

impl Serialize for RichResult {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.representations.len()))?;
        for Representation { mime, data } in &self.0.representations {
            let json = if Representation::is_json_type(mime) { serde_json::from_slice(data).ok() } else { None };
            let text = if Representation::is_text_type(mime) { std::str::from_utf8(data).ok() } else { None };
            match (json, text) {
                (Some(json), _) => map.serialize_entry(mime, &json as &serde_json::Value)?,
                (None, Some(text)) => map.serialize_entry(mime, text)?,
                (None, None) => map.serialize_entry(mime, &BASE64_STANDARD.encode(data))?,
            }
        }
        map.end()
    }
}

/// All of them.
pub(super) fn rich(displays: Vec<Display>) -> Vec<RichResult> {
    displays.into_iter().map(RichResult).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_representation_is_told_as_its_type_has_it() {
        let form = |mime: &str, data: &[u8]| Representation { mime: mime.into(), data: data.into() };
        let representations =
            vec![form("text/html", b"<b>"), form("application/json", b"[1]"), form("image/png", &[0x89, 0x50])];
        let told = serde_json::to_value(RichResult(Display { representations })).unwrap();
        assert_eq!(told, serde_json::json!({ "text/html": "<b>", "application/json": [1], "image/png": "iVA=" }));
    }
}
