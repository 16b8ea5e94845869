//! Ranges of numbers, each with a row: sorted and without overlap, for look-ups by bisection.

/// A number that addresses are: `u32` or `u128`.
pub trait Number: Copy + Ord {
    /// The next one.
    fn next(self) -> Option<Self>;
    /// The one before.
    fn before(self) -> Option<Self>;
}

impl Number for u32 {
    fn next(self) -> Option<u32> {
        self.checked_add(1)
    }

    fn before(self) -> Option<u32> {
        self.checked_sub(1)
    }
}

impl Number for u128 {
    fn next(self) -> Option<u128> {
        self.checked_add(1)
    }

    fn before(self) -> Option<u128> {
        self.checked_sub(1)
    }
}

/// From, to (both in), and the row.
pub type Range<N> = (N, N, u32);

/// Ranges that do not overlap, in order.
#[derive(Debug)]
pub struct Ranges<N>(Vec<Range<N>>);

impl<N: Number> Ranges<N> {
    /// Where ranges overlap, the narrower one counts, and of equal ones the later.
    pub fn new(mut all: Vec<Range<N>>) -> Self {
        all.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
        if all.windows(2).any(|pair| pair[1].0 <= pair[0].1) {
            all = apart(&all);
        }
        all.shrink_to_fit();
        Self(all)
    }

    /// The row of the range that a number is in.
    pub fn find(&self, at: N) -> Option<u32> {
        let place = self.0.partition_point(|r| r.0 <= at).checked_sub(1)?;
        let (_, to, row) = self.0[place];
        (at <= to).then_some(row)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Ranges that may overlap, sorted by start and the wider ones first, cut into ranges that do not.
fn apart<N: Number>(all: &[Range<N>]) -> Vec<Range<N>> {
    let mut out = Vec::with_capacity(all.len());
    let mut open: Vec<(N, u32)> = Vec::new();
    // What lies before this is done; none: everything there is.
    let mut at = all.first().map(|r| r.0);
    let mut emit = |at: &mut Option<N>, to: N, row: u32| {
        if let Some(from) = at.filter(|from| *from <= to) {
            out.push((from, to, row));
            *at = to.next();
        }
    };
    for &(from, to, row) in all {
        while let Some(&(end, outer)) = open.last() {
            if end < from {
                emit(&mut at, end, outer);
                open.pop();
            } else {
                if let Some(before) = from.before() {
                    emit(&mut at, before, outer);
                }
                break;
            }
        }
        at = at.map(|at| at.max(from));
        open.push((to, row));
    }
    while let Some((end, row)) = open.pop() {
        emit(&mut at, end, row);
    }
    out
}
