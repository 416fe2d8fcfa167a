"""The car's control units from outside: ask them, record what they answer, play it again.

Deliberately absent: finding out what is wrong (that is the doctor), and asking a real car: here
only what runs on this machine is asked.
"""

from __future__ import annotations
