"""NMEA logs of a pretend drive, as a receiver would write them."""

from __future__ import annotations

from datetime import UTC, datetime

from opensos.protocols.nmea.framing import checksum

NOON = 1_795_521_600.0  # 2026-11-24 12:00:00 UTC
LATITUDE, LONGITUDE = 52.3759, 9.7320


def sentence(body: str) -> bytes:
    return b"$%s*%02X\r\n" % (body.encode(), checksum(body.encode()))


def _angle(value: float, digits: int, sides: str) -> str:
    degrees, minutes = divmod(abs(value) * 60.0, 60.0)
    return f"{int(degrees):0{digits}d}{minutes:07.4f},{sides[value < 0]}"


def second(k: int, *, fix: bool = True, start: float = NOON) -> bytes:
    """Write the sentences of the second number k: a car that drives east at 57 km/h."""
    moment = datetime.fromtimestamp(start + k, UTC)
    hms, date = moment.strftime("%H%M%S.00"), moment.strftime("%d%m%y")
    if not fix:
        return b"".join(
            map(
                sentence,
                (
                    f"GNRMC,{hms},V,,,,,,,{date},,,N",
                    f"GNGGA,{hms},,,,,0,00,99.99,,,,,,",
                    "GNGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99",
                    "GPGSV,1,1,00",
                ),
            )
        )
    place = _angle(LATITUDE, 2, "NS") + "," + _angle(LONGITUDE + k * 2.3e-4, 3, "EW")
    return b"".join(
        map(
            sentence,
            (
                f"GNRMC,{hms},A,{place},30.8,90.0,{date},,,A",
                f"GNGGA,{hms},{place},1,08,1.10,55.0,M,46.0,M,,",
                "GNGSA,A,3,01,02,03,04,05,06,07,08,,,,,2.1,1.1,1.8",
                "GPGSV,3,1,09,01,40,083,46,02,17,308,41,03,07,344,39,04,22,228,45",
                "GPGSV,3,2,09,05,30,100,44,06,40,120,40,07,50,150,38,08,60,180,42",
                "GPGSV,3,3,09,09,05,010,",
            ),
        )
    )
