"""Proof for those asked about and those who oversee: who saw whom, what was used, what is deleted, what is held."""
