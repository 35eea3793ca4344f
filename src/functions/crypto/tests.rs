//! The parts of keys and certificates that cases cannot show, because every run makes others.
