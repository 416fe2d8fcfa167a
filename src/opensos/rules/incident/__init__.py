"""The life of a case at the centre."""
