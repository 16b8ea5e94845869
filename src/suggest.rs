//! "Did you mean": the nearest known word, within a distance limit, or nothing.

/// The candidate nearest to `word`, if it is near enough to be a slip of the hand: at most one edit in words up to
/// four letters, at most a third of the letters in longer ones (swapped letters count once). Ties go to the first.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0..=1 => 0,
        2..=4 => 1,
        n => (n / 3).min(4),
    };
    let lower = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate.chars().count().abs_diff(word.chars().count()) > limit {
            continue;
        }
        let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
        if distance <= limit && candidate != word && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_refuses_strangers() {
        let words = ["api.operation", "api.service.name", "src_endpoint.ip"];
        assert_eq!(nearest("api.operaton", words), Some("api.operation"));
        assert_eq!(nearest("src_endpiont.ip", words), Some("src_endpoint.ip"));
        assert_eq!(nearest("user", words), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
