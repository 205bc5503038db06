"""Legal holds, and the record of what was deleted when its time was over."""
