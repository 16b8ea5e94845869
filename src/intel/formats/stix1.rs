//! STIX 1.x XML: addresses, names, URIs and file hashes of CybOX objects, wherever they stand.

use roxmltree::{Document, Node, ParsingOptions};

use super::super::read::{At, Rows};
use super::super::{ListType, Reason};
use super::{Format, Sniff};

pub(super) const FORMAT: Format = Format {
    name: "stix1",
    title: "STIX 1.x XML: `Address_Value`, `DomainNameObj:Value`, `URIObj:Value`, `Simple_Hash_Value`",
    sample: r###"<?xml version="1.0"?>
<stix:STIX_Package xmlns:stix="http://stix.mitre.org/stix-1" xmlns:cybox="http://cybox.mitre.org/cybox-2"
    xmlns:AddressObj="http://cybox.mitre.org/objects#AddressObject-2">
  <cybox:Properties category="ipv4-addr">
    <AddressObj:Address_Value condition="Equals" apply_condition="ANY">198.51.100.7##comma##203.0.113.9</AddressObj:Address_Value>
  </cybox:Properties>
</stix:STIX_Package>
"###,
    holds: (ListType::Ip, 2),
    is: |sniff: &Sniff<'_>| sniff.head.starts_with('<'),
    read,
};

/// More elements than a file of 35 MiB may reasonably have; keeps the tree small.
const MAX_NODES: u32 = 2_000_000;
/// Deeper than any STIX document.
const MAX_DEPTH: usize = 200;

fn read(rows: &mut Rows<'_>) -> Result<(), String> {
    let text = rows.text;
    if depth(text) > MAX_DEPTH {
        return Err(format!("its elements are nested deeper than {MAX_DEPTH}"));
    }
    // No document type: so no entities of one's own, and no bombs made of them.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let start = text.len() - text.trim_start().len();
    let document =
        Document::parse_with_options(&text[start..], options).map_err(|e| format!("its XML is broken: {e}"))?;
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name();
        let object = |part: &str| name.namespace().is_some_and(|ns| ns.contains(part));
        match name.name() {
            "Address_Value" | "Simple_Hash_Value" => each(rows, node, start),
            "Value" if object("DomainName") || object("URI") || object("Hostname") => each(rows, node, start),
            "Hostname_Value" => each(rows, node, start),
            _ => {}
        }
    }
    Ok(())
}

/// Offers every value of an element: several stand in one, split by `##comma##` or the delimiter it names.
fn each(rows: &mut Rows<'_>, node: Node<'_, '_>, start: usize) {
    let at = At::Byte(start + node.range().start);
    let text = node.text().unwrap_or("").trim();
    let condition = node.attribute("condition").unwrap_or("Equals");
    let all = node.attribute("apply_condition").is_some_and(|a| a.eq_ignore_ascii_case("ALL"));
    let delimiter = node.attribute("delimiter").filter(|d| !d.is_empty()).unwrap_or("##comma##");
    if condition.eq_ignore_ascii_case("InclusiveBetween") {
        return rows.offer(at, &text.replacen(delimiter, "-", 1));
    }
    if !condition.eq_ignore_ascii_case("Equals") || (all && text.contains(delimiter)) {
        return rows.refuse(at, text, Reason::Pattern);
    }
    for value in text.split(delimiter) {
        rows.offer(at, value);
    }
}

/// How deep elements nest, counted on the text before anything is parsed; comments and CDATA can only make it more.
fn depth(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut now, mut most) = (0_usize, 0);
    for open in memchr::memchr_iter(b'<', bytes) {
        match bytes.get(open + 1) {
            Some(b'/') => now = now.saturating_sub(1),
            Some(b'?' | b'!') | None => {}
            Some(_) => {
                let end = memchr::memchr(b'>', &bytes[open..]).map_or(bytes.len(), |i| open + i);
                if end == 0 || bytes.get(end - 1) != Some(&b'/') {
                    now += 1;
                    most = most.max(now);
                }
            }
        }
    }
    most
}
