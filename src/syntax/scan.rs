//! A plain reading of text into tokens, without grammar: for finding places and causes where the grammar has failed.
//! Every step is linear, whatever the text.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word, or `@word`.
    Word,
    /// Begins with a digit.
    Number,
    /// A string that ends on its line.
    Str,
    /// A regex that ends on its line.
    Regex,
    /// A string that does not end on its line.
    OpenStr,
    /// A regex that does not end on its line.
    OpenRegex,
    /// `//…`
    Comment,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// Any other sign.
    Sign,
}

/// A token, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What.
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Whether nothing but blanks stands before it on its line.
    pub first: bool,
}

impl Token {
    /// Its text.
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }
}

/// The tokens of a text, comments among them.
pub fn scan(text: &str) -> Vec<Token> {
    scan_from(text, 0)
}

/// The tokens of a text from a byte on.
pub fn scan_from(text: &str, from: usize) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut out: Vec<Token> = Vec::new();
    let (mut i, mut first) = (from, true);
    while i < bytes.len() {
        let start = i;
        let kind = match bytes[i] {
            b'\n' => {
                first = true;
                i += 1;
                continue;
            }
            b' ' | b'\t' | b'\r' => {
                i += 1;
                continue;
            }
            b'/' if bytes.get(i + 1) == Some(&b'/') => {
                i = line_end(bytes, i);
                Kind::Comment
            }
            b'"' => string(bytes, &mut i, false),
            b'i' | b'r' if bytes.get(i + 1) == Some(&b'"') => {
                i += 1;
                string(bytes, &mut i, bytes[start] == b'r')
            }
            b'/' if value_may_stand(text, out.last()) => regex(bytes, &mut i),
            b'(' | b'[' | b'{' => one(&mut i, Kind::Open),
            b')' | b']' | b'}' => one(&mut i, Kind::Close),
            b'0'..=b'9' => {
                i = number_end(bytes, i);
                Kind::Number
            }
            c if is_word_byte(c) || (c == b'@' && bytes.get(i + 1).is_some_and(|&n| is_word_byte(n))) => {
                i += 1;
                while bytes.get(i).is_some_and(|&c| is_word_byte(c)) {
                    i += 1;
                }
                Kind::Word
            }
            _ => {
                i += sign_len(&text[i..]);
                Kind::Sign
            }
        };
        out.push(Token { kind, start, end: i, first });
        first = false;
    }
    out
}

fn one(i: &mut usize, kind: Kind) -> Kind {
    *i += 1;
    kind
}

fn is_word_byte(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let mut end = memchr::memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |n| from + n);
    while end > from && matches!(bytes[end - 1], b'\r' | b' ' | b'\t') {
        end -= 1;
    }
    end
}

fn string(bytes: &[u8], i: &mut usize, raw: bool) -> Kind {
    let end = line_end(bytes, *i);
    *i += 1;
    while *i < end {
        match bytes[*i] {
            b'\\' if !raw => *i += 1,
            b'"' => return one(i, Kind::Str),
            _ => {}
        }
        *i += 1;
    }
    *i = end;
    Kind::OpenStr
}

fn regex(bytes: &[u8], i: &mut usize) -> Kind {
    let end = line_end(bytes, *i);
    *i += 1;
    while *i < end {
        match bytes[*i] {
            b'\\' => *i += 1,
            b'/' => {
                *i += 1;
                while bytes.get(*i).is_some_and(|&c| is_word_byte(c)) {
                    *i += 1;
                }
                return Kind::Regex;
            }
            _ => {}
        }
        *i += 1;
    }
    *i = end;
    Kind::OpenRegex
}

fn number_end(bytes: &[u8], mut i: usize) -> usize {
    let more = |i: usize| bytes.get(i).is_some_and(|&c| is_word_byte(c));
    while more(i) || (matches!(bytes.get(i), Some(b'.' | b':')) && more(i + 1)) {
        i += 1;
    }
    i
}

fn sign_len(rest: &str) -> usize {
    const LONG: &[&str] =
        &["===", "..=", "..", "??", "==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "<>", "=>", "->", "/*"];
    LONG.iter()
        .find(|s| rest.starts_with(**s))
        .map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |s| s.len())
}

/// Whether a value may follow the token, so that a slash begins a regex and does not divide.
fn value_may_stand(text: &str, last: Option<&Token>) -> bool {
    last.is_none_or(|t| match t.kind {
        Kind::Word => super::words::RESERVED.contains(&t.text(text)),
        Kind::Open | Kind::Sign => true,
        Kind::Comment => t.first,
        _ => false,
    })
}

/// How brackets pair in a run of tokens.
#[derive(Debug, Default)]
pub struct Brackets {
    /// Opening brackets that are never closed, outermost first.
    pub open: Vec<Token>,
    /// The first closing bracket that does not fit, and the opening one that it met.
    pub misfit: Option<(Token, Option<Token>)>,
    /// The first opening bracket deeper than [`super::MAX_DEPTH`].
    pub too_deep: Option<Token>,
}

/// Pairs the brackets.
pub fn brackets(text: &str, tokens: &[Token]) -> Brackets {
    let mut out = Brackets::default();
    for &token in tokens {
        match token.kind {
            Kind::Open => {
                out.open.push(token);
                if out.open.len() > super::MAX_DEPTH && out.too_deep.is_none() {
                    out.too_deep = Some(token);
                }
            }
            Kind::Close => {
                let fits = |o: &Token| matches!((o.text(text), token.text(text)), ("(", ")") | ("[", "]") | ("{", "}"));
                match out.open.last().copied() {
                    Some(o) if fits(&o) => {
                        out.open.pop();
                    }
                    other => {
                        if out.misfit.is_none() {
                            out.misfit = Some((token, other));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    out
}
