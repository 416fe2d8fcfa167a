"""What the standards say: pure codecs, machines and procedures; no clock, socket, file or log."""
