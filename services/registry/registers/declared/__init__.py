"""The registers, one file each."""
