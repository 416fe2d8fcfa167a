"""Messages that many tests start from."""

from __future__ import annotations

from dataclasses import replace

from opensos.protocols.msd import (
    Delta,
    EuroNcap,
    ImpactLocation,
    Msd,
    Propulsion,
    VehicleType,
    additional_data,
    encode,
)

# The example of EN 15722:2011, as public encoders quote it.
EXAMPLE = bytes.fromhex(
    "015C0681D54970D65C3597CA0420C41464583ADE68AC52E9BB8413F149C07414FB414F6010180813E82181823230"
)

V2 = Msd(
    version=2,
    message_identifier=1,
    automatic_activation=True,
    test_call=True,
    position_can_be_trusted=True,
    vehicle_type=VehicleType.M1,
    vin="WBA8E9G50GNT12345",
    propulsion=Propulsion(diesel_tank_present=True, electric_energy_storage=True),
    timestamp=1_700_000_000,
    latitude_mas=173_881_200,
    longitude_mas=41_822_520,
    direction=14,
    recent_n1=Delta(10, -10),
    recent_n2=Delta(-512, 511),
    occupants=2,
    additional_data=additional_data(EuroNcap(ImpactLocation.FRONT, True, 125, -45, 10)),
)
V1 = replace(V2, version=1, propulsion=Propulsion(gasoline_tank_present=True, other_storage=None))
V3 = replace(V2, version=3, vehicle_type=VehicleType.SC)
ALL = (V1, V2, V3)
BARE_V2 = encode(V2)[2:]
