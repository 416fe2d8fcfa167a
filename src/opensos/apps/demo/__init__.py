"""The demo: a pretend car and a centre on one machine, joined by real SIP over loopback.

The only app that may import the others: it wires them and watches both sides at once.
Deliberately absent: anything that could reach an emergency network. There is no live switch here.
"""
