"""Read an MSD that was cut off, change it, and write it again.

Run it: ``python examples/decode_an_msd.py``
"""

from __future__ import annotations

from dataclasses import replace

from opensos.protocols.msd import (
    Delta,
    EuroNcap,
    ImpactLocation,
    additional_data,
    decode,
    encode,
    latitude_mas,
    longitude_mas,
)

# The example of EN 15722:2011, and what would be left of it after a bad moment on the road.
WHOLE = bytes.fromhex(
    "015C0681D54970D65C3597CA0420C41464583ADE68AC52E9BB8413F149C07414FB414F6010180813E82181823230"
)
CUT = WHOLE[:24]


def main() -> None:
    """Show the three things that the codec is for."""
    cut = decode(CUT)
    assert cut.msd is not None
    print(f"From {len(CUT)} bytes: VIN {cut.msd.vin}, time {cut.msd.timestamp_utc}")
    # Unknown is None, never 0: these bytes end before the position.
    print(f"Position: {cut.msd.latitude}, {cut.msd.longitude}")
    for finding in cut.findings:
        print(f"{finding.level}: {finding.text}")

    whole = decode(WHOLE)
    assert whole.msd is not None
    print(f"Whole: {whole.msd.latitude:.5f}, {whole.msd.longitude:.5f}, {whole.msd.direction_deg}°")

    update = replace(
        whole.msd,
        version=3,
        message_identifier=2,
        latitude_mas=latitude_mas(48.13743),
        longitude_mas=longitude_mas(11.57549),
        recent_n1=Delta(0, 0),
        recent_n2=Delta(0, 0),
        additional_data=additional_data(EuroNcap(ImpactLocation.FRONT, False, 125, -45, 10)),
    )
    data = encode(update)
    print(f"An update in {len(data)} bytes: {data.hex()}")
    assert decode(data).msd is not None


if __name__ == "__main__":
    main()
