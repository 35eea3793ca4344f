//! Tables of wishes and answers, and properties that hold for all of them.
