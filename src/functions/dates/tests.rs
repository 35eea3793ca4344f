//! Differences from Go's package time would show here; the functions are tested by cases.
