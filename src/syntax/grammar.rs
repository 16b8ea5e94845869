//! The grammar, as pest reads it, and how its rules are called before a person.

use pest_derive::Parser;

/// The parser that pest makes of `grammar/outguard.pest`.
#[derive(Parser)]
#[grammar = "grammar/outguard.pest"]
pub struct Grammar;

/// Whether a rule is a keyword or a mark, of which the tree has no need.
pub fn is_mark(rule: Rule) -> bool {
    rule >= Rule::k_accounts
}

/// What a rule is called where it was expected, or nothing where it does not help to say.
pub fn expected(rule: Rule) -> Option<String> {
    Some(match rule {
        Rule::COMMENT | Rule::WHITESPACE | Rule::EOI => return None,
        Rule::expr | Rule::key_expr | Rule::value_expr | Rule::operand | Rule::literal | Rule::path | Rule::prefix => {
            "a value".to_owned()
        }
        Rule::group | Rule::array | Rule::quantified | Rule::quantifier | Rule::some_of | Rule::test_value => {
            "a value".to_owned()
        }
        Rule::values | Rule::null | Rule::sev_value | Rule::arg | Rule::arg_name => "a value".to_owned(),
        Rule::infix | Rule::logic | Rule::word_op | Rule::symbol | Rule::assign | Rule::arith => {
            "an operator".to_owned()
        }
        Rule::name | Rule::word | Rule::technique | Rule::segment => "a name".to_owned(),
        Rule::kind | Rule::binding => "a kind of events".to_owned(),
        Rule::at_name => "a list (`@name`)".to_owned(),
        Rule::ftype | Rule::bad_ftype => "a finding type".to_owned(),
        Rule::string | Rule::raw | Rule::istring | Rule::open_string | Rule::text => "a string".to_owned(),
        Rule::span | Rule::duration => "a duration".to_owned(),
        Rule::int | Rule::bad_number | Rule::index => "a number".to_owned(),
        Rule::day | Rule::date | Rule::instant | Rule::bad_day | Rule::clock => "a date".to_owned(),
        Rule::type_ref => "a type".to_owned(),
        Rule::step => "a step".to_owned(),
        Rule::field | Rule::field_path => "an attribute".to_owned(),
        Rule::block | Rule::object | Rule::lbrace => "`{`".to_owned(),
        Rule::eq => "`=`".to_owned(),
        Rule::colon => "`:`".to_owned(),
        Rule::comma => "`,`".to_owned(),
        Rule::rbrace => "`}`".to_owned(),
        Rule::lparen => "`(`".to_owned(),
        Rule::rparen => "`)`".to_owned(),
        Rule::lbracket => "`[`".to_owned(),
        Rule::rbracket => "`]`".to_owned(),
        rule if is_mark(rule) => format!("`{}`", format!("{rule:?}").trim_start_matches("k_")),
        Rule::nothing => "`none`".to_owned(),
        Rule::archived => "`archived`".to_owned(),
        _ => return None,
    })
}
