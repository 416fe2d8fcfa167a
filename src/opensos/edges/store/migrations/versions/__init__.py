"""One file per step; each only adds (tables, nullable columns), never changes or removes."""
