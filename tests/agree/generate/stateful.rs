//! Rule sets and traces of rules that count over time.
