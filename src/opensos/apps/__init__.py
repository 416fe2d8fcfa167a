"""Who it is for: wiring, use cases, screens and command line, one package per kind of user."""
