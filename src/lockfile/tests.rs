//! The lock as bytes, as a file, and beside a project's requests.
