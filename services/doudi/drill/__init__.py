"""The disaster drill: a county under load, a backup, the loss of everything, and the way back (`./run drill`)."""
