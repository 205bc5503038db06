"""The civil affairs system's own exports, taken as they come, with a report per row."""
