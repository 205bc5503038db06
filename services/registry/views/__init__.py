"""What readers see: nouns put together, masked unless the token may see more."""
