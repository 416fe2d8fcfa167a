"""OpenSOS: the whole vehicle emergency call in the open."""

__version__ = "0.1.0"
