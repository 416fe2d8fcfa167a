"""What touches the world: thin translators between ports or machines and sockets, disks, clocks."""
