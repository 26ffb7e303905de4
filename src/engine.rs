//! The whole story: load, link, check, suppress, sort.
