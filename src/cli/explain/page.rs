//! A page in Markdown for a terminal: headings and words in code stand out, blocks are indented, text is wrapped.

use crate::cli::terminal::{Paint, Stream, wrap};

/// The page as text.
pub fn text(page: &str, stream: &Stream) -> String {
    let paint = Paint(stream.color);
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut block = false;
    let flush = |paragraph: &mut String, out: &mut String| {
        out.push_str(&paint_code(&wrap(paragraph, stream.width, 0), paint));
        paragraph.clear();
    };
    for line in page.lines() {
        if let Some(info) = line.strip_prefix("```") {
            flush(&mut paragraph, &mut out);
            if !block {
                let label = match info.split_whitespace().last() {
                    Some("bad") => paint.red("bad:"),
                    Some("good") => paint.green("good:"),
                    _ => String::new(),
                };
                if !label.is_empty() {
                    out.push_str(&format!("{label}\n"));
                }
            }
            block = !block;
        } else if block {
            out.push_str(format!("    {line}").trim_end());
            out.push('\n');
        } else if let Some(heading) = line.strip_prefix('#') {
            flush(&mut paragraph, &mut out);
            out.push_str(&format!("{}\n", paint.bold(heading.trim_start_matches('#').trim())));
        } else if line.trim().is_empty() || line.starts_with(['|', '-', '*', ' ']) {
            flush(&mut paragraph, &mut out);
            out.push_str(&paint_code(line, paint));
            out.push('\n');
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    flush(&mut paragraph, &mut out);
    out
}

/// Words in backticks in colour; without colour as they are.
fn paint_code(text: &str, paint: Paint) -> String {
    if !paint.0 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (n, part) in text.split('`').enumerate() {
        if n % 2 == 1 { out.push_str(&paint.cyan(part)) } else { out.push_str(part) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::cli::terminal::Stream;

    #[test]
    fn a_page_reads_on_a_terminal() {
        let stream = Stream { interactive: false, color: false, width: 40 };
        let page = "# E0101: title\n\nSome words that are longer than\none line of `forty` columns.\n\n```outguard bad\nlet x = \"\n```\n\n```outguard good\nlet x = \"\"\n```\n";
        insta::assert_snapshot!(text(page, &stream), @r#"
        E0101: title

        Some words that are longer than one line
        of `forty` columns.

        bad:
            let x = "

        good:
            let x = ""
        "#);
    }
}
