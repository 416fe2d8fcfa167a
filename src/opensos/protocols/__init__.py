"""What the standards say: pure codecs, machines and procedures; no clock, socket, random, file or log."""
