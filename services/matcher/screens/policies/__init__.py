"""One file a screen: what it finds, why, and what it rests on. A file put here is in the catalogue."""
