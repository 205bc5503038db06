"""Who did and who saw what: the matcher's journal."""
