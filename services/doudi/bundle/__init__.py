"""The offline bundle: everything a server without any network installs Doudi from, in one file (decision 0137)."""

from doudi.bundle.make import Wish, make_bundle

__all__ = ["Wish", "make_bundle"]
