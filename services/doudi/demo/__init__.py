"""The whole story on an invented county: agencies push, townships knock and report, and the month after shows it."""

from doudi.demo.story import run_demo

__all__ = ["run_demo"]
