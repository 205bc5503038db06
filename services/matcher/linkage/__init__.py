"""Linkage: which person a record is about. Pure: frames in, frames out, no service, no database."""
