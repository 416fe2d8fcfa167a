"""What touches the world: thin translators between a port or a machine and sockets, disks, clocks."""
