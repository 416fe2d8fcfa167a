"""The pretend world: car, receiver, sensors, network and clock behind the same ports as the real ones."""
