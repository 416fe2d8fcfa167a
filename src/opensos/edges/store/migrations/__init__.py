"""The steps from an older database to this version's, run by Alembic at the centre's start."""
