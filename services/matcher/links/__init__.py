"""What each record is taken for."""
