"""For the engineer of a telematics unit or a centre: look into messages, at a command line.

Deliberately absent: anything that opens a socket. A peer to test against is the car's and the
centre's app.
"""
