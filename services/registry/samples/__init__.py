"""Inspection samples (抽查): drawn by a stored seed from a stored frame, so that anybody can draw them again."""
