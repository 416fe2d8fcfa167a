"""The call centre: takes SOS calls, makes them durable, shows them, and acts for the operator.

``Centre`` is the whole; ``create_app`` is its web interface; ``cli`` the command line.

Deliberately absent: voice (``CentreSettings.media_port`` is the seam), dispatch, hand-over, roles,
statistics: later issues.
"""

from opensos.apps.centre.centre import Centre
from opensos.apps.centre.settings import CentreSettings, sip_address
from opensos.apps.centre.web import create_app

__all__ = ["Centre", "CentreSettings", "create_app", "sip_address"]
