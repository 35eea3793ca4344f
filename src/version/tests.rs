//! Replays what Helm said about versions and constraints, and holds the parsers to never panicking.
