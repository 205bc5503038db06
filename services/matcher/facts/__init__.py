"""What linked records say of a subject."""
