//! The vocabulary that we ship: it loads, is documented, and holds together.

use super::*;
use crate::value::json::Step;

fn builtin() -> Vocabulary {
    Vocabulary::builtin().unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn loads_and_is_documented() {
    let v = builtin();
    assert!(v.kind("api").is_some() && v.kind("cloudtrail").is_some());
    for class in &v.classes {
        assert!(class.doc.len() > 20, "{} has no doc", class.name);
        for a in class.attributes.iter().flat_map(|a| std::iter::once(a).chain(&a.fields)) {
            assert!(a.doc.len() > 8 && a.doc.ends_with(['.', ')', '…']), "{}.{}: doc `{}`", class.name, a.name, a.doc);
            let parts = || a.name.split('.');
            assert!(
                parts()
                    .all(|p| !p.is_empty()
                        && p.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())),
                "{}.{} is not lower_snake",
                class.name,
                a.name
            );
        }
        for place in 0..class.attributes.len() {
            let name = &class.attributes[place].name;
            assert_eq!(class.attr(name).map(|a| usize::from(a.0)), Some(place), "{}.{name} is there twice", class.name);
        }
    }
}

#[test]
fn attributes_of_one_name_have_one_type() {
    let v = builtin();
    let mut types: BTreeMap<&str, (&str, &Type)> = BTreeMap::new();
    for class in &v.classes {
        for a in &class.attributes {
            // Enums are per class by design.
            if matches!(a.ty, Type::Enum(_)) {
                continue;
            }
            let (other, ty) = *types.entry(&a.name).or_insert((&class.name, &a.ty));
            assert_eq!(*ty, a.ty, "{} in {} and {other}", a.name, class.name);
        }
    }
}

#[test]
fn kinds_and_attributes_are_found() {
    let v = builtin();
    let api = v.class_named("api").expect("class");
    let trail = v.kind("cloudtrail").expect("kind");
    assert_eq!(trail.class, api);
    assert_eq!(v.kind_name(trail), "cloudtrail");
    assert_eq!(v.kind("cloudtrial"), None);
    let path = path::parse_path("api.request.data.\"x-amz-acl\"[]").expect("path");
    let (attr, rest) = v.resolve(api, &path).expect("resolves");
    assert_eq!(v.attr(api, attr).name.as_ref(), "api.request.data");
    assert_eq!(rest, [Step::Key("x-amz-acl".into()), Step::Each]);
    assert_eq!(v.resolve(api, &path::parse_path("api.operation.x").expect("path")), None);
    assert_eq!(v.resolve(api, &path::parse_path("nothing").expect("path")), None);
    let finding = v.class_named("finding").expect("class");
    let (attr, rest) = v.resolve(finding, &path::parse_path("type.purpose").expect("path")).expect("resolves");
    assert_eq!((v.attr(finding, attr).name.as_ref(), rest.len()), ("type.purpose", 0));
}

#[test]
fn presence_by_source_and_class() {
    let v = builtin();
    let trail = v.kind("cloudtrail").expect("kind");
    let of = |kind: Kind, name: &str| v.presence(kind, v.attribute(kind.class, name).expect(name));
    assert_eq!(of(trail, "api.operation"), Presence::Always);
    assert_eq!(of(trail, "target.name"), Presence::Never);
    assert!(matches!(of(trail, "src_endpoint.location.country"), Presence::When(_)));
    let process = v.kind("process").expect("kind");
    assert!(matches!(of(process, "process.name"), Presence::When(_)), "no source is not `never`");
}

#[test]
fn errors_tell_file_place_and_what_was_meant() {
    let class = "class: x\nuid: 1\ntitle: X\ndoc: An x.\nattributes:\n  time: {type: time, doc: T.}\n  cloud.account.uid: {type: string, doc: A.}\n  cloud.region: {type: string, doc: R.}\n  status: {type: [success, failure], doc: S.}\n  ip: {type: ip, doc: I.}\n";
    let source = |attributes: &str| {
        format!(
            "source: s\ntitle: S\ndoc: An s.\nwire: json\nrecognise: [a]\nclasses:\n  x:\n    attributes: {attributes}\n"
        )
    };
    let load = |attributes: &str| {
        Vocabulary::load(&[("classes/x.yaml", class), ("sources/s.yaml", &source(attributes))]).map(|_| ())
    };
    assert_eq!(load("{ ip: a.b }"), Ok(()));
    for (attributes, path, what) in [
        ("{ ipp: a }", "classes.x.attributes.ipp", "unknown attribute of `x` `ipp`"),
        ("{ statsu: a }", "classes.x.attributes.statsu", "did you mean `status`?"),
        ("{ ip: { apply: ip_onyl, of: [a] } }", "ip.apply", "did you mean `ip_only`?"),
        ("{ ip: { apply: ip_only, of: [a, b] } }", "ip.apply", "takes 1 values, not 2"),
        ("{ ip: { form: a } }", "ip.form", "did you mean `from`?"),
        ("{ ip: { presence: always } }", "ip", "a recipe has one of"),
        ("{ ip: a..b }", "ip", "an empty part"),
        ("{ ip: { template: \"{}-{}\", of: [a] } }", "ip.template", "2 holes for 1 values"),
        ("{ ip: { let: x } }", "ip.let", "unknown let `x`"),
        ("{ status: { from: a, words: { A: sucess } } }", "status", "did you mean `success`?"),
        ("{ status: { if: { a: present }, then: succeeded } }", "status", "unknown enum word"),
        ("{ ip: { from: a, fields: { b: c } } }", "fields.b", "unknown field `b`"),
        ("{ ip: { if: { \"a[]\": present }, then: x } }", "ip.if.a[]", "reads no list"),
    ] {
        let e = load(attributes).expect_err(attributes);
        assert_eq!(e.file, "sources/s.yaml");
        assert!(e.path.ends_with(path), "{attributes}: {e}");
        assert!(e.to_string().contains(what), "{attributes}: {e}");
    }
    let bad = Vocabulary::load(&[("classes/x.yaml", "class: [")]).expect_err("yaml");
    assert!(bad.to_string().starts_with("classes/x.yaml: "), "{bad}");
    let bad = Vocabulary::load(&[("classes/x.yaml", &class.replace("type: ip", "type: pi"))]).expect_err("type");
    assert!(bad.to_string().contains("did you mean `ip`?"), "{bad}");
}

#[test]
fn examples_are_values_of_their_type() {
    let v = builtin();
    let arena = crate::value::Arena::new();
    for class in &v.classes {
        for a in class.attributes.iter().flat_map(|a| std::iter::once(a).chain(&a.fields)) {
            let Some(example) = &a.example else { continue };
            let ty = if a.ty == Type::Duration { &Type::String } else { &a.ty };
            let made = coerce::val(crate::value::Val::Str(example), ty, &arena);
            assert!(!made.is_absent(), "{}.{}: `{example}` is no {}", class.name, a.name, a.ty);
        }
    }
}

#[test]
fn recipes_of_text_read_groups_of_its_patterns() {
    let v = builtin();
    let mut seen = 0;
    for id in v.source_ids() {
        let source = v.source(id);
        let Some(lines) = &source.lines else { continue };
        let attrs = |m: &Mapping| m.attributes.keys().map(|attr| (m.class, *attr)).collect::<Vec<_>>();
        let needs = source.classes.iter().flat_map(attrs).map(|(class, attr)| Need { class, attr, steps: Vec::new() });
        let projection = Projection::build(&v, id, &needs.collect::<Vec<_>>());
        let patterns = lines.messages.iter().flat_map(|m| &m.whole);
        let groups: Vec<&str> = patterns.flat_map(|w| w.capture_names().flatten()).collect();
        for path in &projection.paths {
            let name = path.join(".");
            assert!(name == lines::MESSAGE || groups.contains(&name.as_str()), "{}: no group `{name}`", source.name);
            seen += 1;
        }
    }
    assert!(seen > 10, "the test looks at nothing");
}

#[test]
fn mistakes_in_patterns_are_told() {
    let file = |middle: &str| {
        let text = format!(
            "source: x\ntitle: X\ndoc: X.\nwire: text\n{middle}\nclasses: {{ base: {{ attributes: {{}} }} }}\n"
        );
        let class = "class: base\nuid: 1\ntitle: B\ndoc: B.\nattributes:\n  time: { type: time, doc: T. }\n  cloud.account.uid: { type: string, doc: A. }\n  cloud.region: { type: string, doc: R. }\n";
        let told = Vocabulary::load(&[("classes/base.yaml", class), ("sources/x.yaml", &text)]);
        told.err().map(|e| e.to_string()).unwrap_or_default()
    };
    let begins = "begins: ['(?<time>x)']";
    for (middle, told) in [
        ("messages: {}", "`begins` is missing"),
        (begins, "`messages` is missing"),
        ("begins: ['(x']\nmessages: {}", "begins: no regular expression: unclosed group"),
        ("begins: ['(?<message>x)']\nmessages: {}", "`message` is the field that holds the name"),
        (&format!("{begins}\nmessages: {{ a: {{ has: x }} }}"), "`is` is missing"),
        (&format!("{begins}\nmessages: {{ a: {{ has: '', is: x }} }}"), "words that every such record holds"),
        (&format!("{begins}\nmessages: {{ a: {{ has: x, is: '(?<time>x)' }} }}"), "duplicate capture group name"),
        (&format!("{begins}\nmessages: {{ a: {{ has: x, is: x, lines: two }} }}"), "unknown word `two`"),
        (&format!("{begins}\nmessages: {{}}\ncontinues: all"), "unknown word `all`"),
        (&format!("{begins}\nmessages: {{}}\nrecognise: [{{a: present}}]"), "known by how they begin"),
        (&format!("{begins}\nmessages: {{ a: {{ has: x, is: x }} }}"), ""),
    ] {
        let got = file(middle);
        assert!(got.contains(told) && got.is_empty() == told.is_empty(), "{middle}: {got}");
    }
}
