"""What a vehicle identification number tells: maker, model year candidates, check digit.

The table of makers is from memory of widely published world manufacturer identifiers (ISO 3780);
it is a help for the eye, not a register, and a maker that it lacks is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from opensos.protocols.msd.shape import VIN_ALPHABET, VIN_LENGTH

CheckDigit: TypeAlias = Literal["valid", "invalid", "not-applicable", "unknown"]

# First characters of a WMI -> maker; the longest that fits wins.
_BMW: Final = {
    "WBA": "BMW", "WBS": "BMW M", "WBX": "BMW", "WBY": "BMW i", "WB1": "BMW Motorrad",
    "WB3": "BMW Motorrad", "WB4": "BMW Motorrad", "WB5": "BMW i", "4US": "BMW", "5UX": "BMW",
    "5UM": "BMW M", "5YM": "BMW M", "LBV": "BMW Brilliance", "WMW": "MINI", "WMZ": "MINI",
    "3MW": "BMW", "3MF": "BMW M", "7FA": "BMW",
}  # fmt: skip
_EUROPE: Final = {
    "WVW": "Volkswagen", "WVG": "Volkswagen", "WV1": "Volkswagen", "WV2": "Volkswagen",
    "WV3": "Volkswagen", "WAU": "Audi", "WUA": "Audi", "WA1": "Audi", "TRU": "Audi",
    "WDB": "Mercedes-Benz", "WDC": "Mercedes-Benz", "WDD": "Mercedes-Benz",
    "WDF": "Mercedes-Benz", "W1K": "Mercedes-Benz", "W1N": "Mercedes-Benz",
    "W1V": "Mercedes-Benz", "WME": "smart", "WP0": "Porsche", "WP1": "Porsche", "W0L": "Opel",
    "W0V": "Opel", "WF0": "Ford", "WMA": "MAN", "VF1": "Renault", "VF3": "Peugeot",
    "VR3": "Peugeot", "VF7": "Citroën", "VR7": "Citroën", "VF6": "Renault Trucks",
    "UU1": "Dacia", "ZFA": "Fiat", "ZAR": "Alfa Romeo", "ZFF": "Ferrari", "ZHW": "Lamborghini",
    "ZAM": "Maserati", "ZCF": "Iveco", "VSS": "SEAT", "TMB": "Škoda", "TMA": "Hyundai",
    "U5Y": "Kia", "SAL": "Land Rover", "SAJ": "Jaguar", "SAD": "Jaguar", "SCC": "Lotus",
    "SCF": "Aston Martin", "SCB": "Bentley", "SCA": "Rolls-Royce", "SHH": "Honda",
    "SJN": "Nissan", "SB1": "Toyota", "YV1": "Volvo", "YV2": "Volvo Trucks", "YV4": "Volvo",
    "YS3": "Saab", "YS2": "Scania", "YSM": "Polestar", "XLR": "DAF", "XTA": "Lada",
    "VNK": "Toyota", "TSM": "Suzuki", "NMT": "Toyota", "NM0": "Ford", "LRW": "Tesla",
    "XP7": "Tesla", "5YJ": "Tesla", "7SA": "Tesla",
}  # fmt: skip
_WORLD: Final = {
    "1FA": "Ford", "1FM": "Ford", "1FT": "Ford", "3FA": "Ford", "1G1": "Chevrolet",
    "1G6": "Cadillac", "1GC": "Chevrolet", "1GT": "GMC", "1HG": "Honda", "2HG": "Honda",
    "5FN": "Honda", "19X": "Honda", "1C4": "Chrysler", "1C6": "Ram", "1J4": "Jeep", "2T1": "Toyota",
    "4T1": "Toyota", "5TD": "Toyota", "1N4": "Nissan", "5N1": "Nissan", "3VW": "Volkswagen",
    "1VW": "Volkswagen", "4JG": "Mercedes-Benz", "55S": "Mercedes-Benz", "KMH": "Hyundai",
    "KNA": "Kia", "KND": "Kia", "KNE": "Kia", "KPT": "SsangYong", "JHM": "Honda",
    "JTD": "Toyota", "JTE": "Toyota", "JTM": "Toyota", "JTH": "Lexus", "JN1": "Nissan",
    "JMZ": "Mazda", "JM1": "Mazda", "JF1": "Subaru", "JF2": "Subaru", "JSA": "Suzuki",
    "JMB": "Mitsubishi", "LFV": "FAW-Volkswagen", "LSV": "SAIC Volkswagen", "LSJ": "MG",
    "LGX": "BYD", "LC0": "BYD", "LVS": "Changan Ford", "LJ1": "NIO", "LB3": "Geely",
    "LPS": "Polestar", "LYV": "Volvo",
}  # fmt: skip
MAKERS: Final = {**_WORLD, **_EUROPE, **_BMW}

_YEAR_CODES: Final = "ABCDEFGHJKLMNPRSTVWXY123456789"
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# ISO 3779 and 49 CFR 565.15: letters stand for digits.
_VALUES: Final = {
    **{digit: int(digit) for digit in "0123456789"},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}


@dataclass(frozen=True, slots=True)
class VinFacts:
    """What can be told from a VIN alone.

    Attributes:
        make: ``None`` if the table does not know the manufacturer, or if it cannot be read.
        model_years: What the tenth character may mean, oldest first; empty if it means none.
            Many makers outside North America and China do not code the year there.
        check_digit: ``not-applicable`` where no rule demands one (all but North America and
            China); ``unknown`` if the VIN cannot be read whole.
        placeholder: One character repeated: nobody's VIN.
    """

    make: str | None
    model_years: tuple[int, ...]
    check_digit: CheckDigit
    placeholder: bool


def describe_vin(vin: str | None) -> VinFacts:
    """Tell what the VIN says; an absent or partly read one says as much as it can."""
    text = (vin or "").ljust(VIN_LENGTH, "?")
    return VinFacts(
        make=_make(text),
        model_years=_model_years(text[9]),
        check_digit=_check_digit(text),
        placeholder=len(set(text)) == 1 and text[0] != "?",
    )


def _make(text: str) -> str | None:
    return MAKERS.get(text[:3])


def _model_years(code: str) -> tuple[int, ...]:
    at = _YEAR_CODES.find(code)
    return () if at < 0 else (1980 + at, 2010 + at)


def computed_check_digit(vin: str) -> str | None:
    """Work out the ninth character by the rule; ``None`` if the VIN cannot be read whole."""
    if len(vin) != VIN_LENGTH or not set(vin) <= set(VIN_ALPHABET):
        return None
    rest = sum(_VALUES[one] * weight for one, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def _check_digit(text: str) -> CheckDigit:
    right = computed_check_digit(text)
    if right is None:
        return "unknown"
    if text[0] not in "12345" and text[0] != "L":
        return "not-applicable"
    return "valid" if right == text[8] else "invalid"
