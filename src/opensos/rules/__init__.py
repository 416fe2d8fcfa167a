"""What should happen: pure decisions, one room per subject."""
