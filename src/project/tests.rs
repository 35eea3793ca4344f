//! The case runner of this room.
