"""``python -m opensos`` is the same as ``opensos``."""

from opensos.cli import main

main()
