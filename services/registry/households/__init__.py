"""Who lives together, over time, in the civil affairs system's own sense (not 户口, not 防返贫 户编号)."""
