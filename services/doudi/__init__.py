"""The front door: starts and wires the embedded whole, and the command line."""
