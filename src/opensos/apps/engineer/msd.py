"""``opensos msd``: decode, encode, validate and compare MSDs.

Data go to standard output, messages to standard error. Exit codes: 0 read whole, 3 read with
warnings, 4 nothing could be read; for ``diff`` 0 the same, 1 different; 2 for wrong use.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from opensos.apps.engineer.inputs import read_json, read_message
from opensos.apps.engineer.showing import bit_lines, finding_lines, message_lines
from opensos.protocols.effects import LocalError, UserError
from opensos.protocols.msd import (
    bit_map,
    diff,
    encode,
    finding_to_json,
    from_json,
    to_json,
    validate,
)
from opensos.protocols.msd import decode as decode_msd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opensos.protocols.msd import Decoded, Finding

EXIT_DIFFERENT: Final = 1
EXIT_WARNINGS: Final = 3
EXIT_UNREADABLE: Final = 4
_COLOURS: Final = {"info": "cyan", "warning": "yellow", "error": "red"}

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Decode, encode, check and compare MSDs (EN 15722, versions 1 to 3).",
)

Message = Annotated[
    str,
    typer.Argument(
        metavar="HEX|FILE|-", help="Hex, base64, a file of either or of bytes, - stdin."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]


@app.command()
def decode(
    message: Message,
    *,
    as_json: AsJson = False,
    bits: Annotated[bool, typer.Option("--bits", help="Show which bits hold which field.")] = False,
) -> None:
    """Read an MSD as far as it can be read, and say what is odd about it."""
    data = read_message(message)
    decoded = decode_msd(data)
    if as_json:
        document = to_json(decoded)
        if bits:
            document["bits"] = [one._asdict() for one in bit_map(data)]
        _say_json(document)
    else:
        _say(bit_lines(bit_map(data)) if bits else message_lines(decoded))
        _say_findings(decoded.findings)
    raise typer.Exit(_exit_code(decoded, decoded.findings))


@app.command(name="encode")
def encode_(
    source: Annotated[
        str, typer.Argument(metavar="FILE|-", help="JSON as `decode --json` gives it, or shorter.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Write an MSD from JSON; prints its canonical encoding in hex."""
    msd = from_json(read_json(source))
    try:
        data = encode(msd)
    except LocalError as error:
        raise UserError(str(error)) from error
    if as_json:
        _say_json({"hex": data.hex(), "bytes": len(data)})
    else:
        _say([data.hex()])


@app.command(name="validate")
def validate_(message: Message, *, as_json: AsJson = False) -> None:
    """Check an MSD closely: form and content."""
    decoded = decode_msd(read_message(message))
    findings = validate(decoded)
    code = _exit_code(decoded, findings)
    if as_json:
        document = {"valid": code == 0, "findings": [finding_to_json(one) for one in findings]}
        _say_json(document)
    elif findings:
        _say_findings(findings)
    else:
        _say(["nothing to say against it"])
    raise typer.Exit(code)


@app.command(name="diff")
def diff_(left: Message, right: Message, *, as_json: AsJson = False) -> None:
    """Show in which fields two MSDs differ; how they are encoded does not count."""
    if left == right == "-":
        raise UserError("only one of the two messages can come from standard input")
    ours, theirs = decode_msd(read_message(left)), decode_msd(read_message(right))
    for name, decoded in (("first", ours), ("second", theirs)):
        if decoded.msd is None:
            typer.echo(f"opensos: the {name} message cannot be read at all", err=True)
            raise typer.Exit(EXIT_UNREADABLE)
    differences = diff(ours, theirs)
    if as_json:
        found = [one._asdict() for one in differences]
        _say_json({"same": not differences, "differences": found})
    else:
        _say(f"{one.path}: {_value(one.left)} -> {_value(one.right)}" for one in differences)
    raise typer.Exit(EXIT_DIFFERENT if differences else 0)


def _value(value: object) -> str:
    return "absent" if value is None else json.dumps(value, ensure_ascii=False)


def _exit_code(decoded: Decoded, findings: Iterable[Finding]) -> int:
    if decoded.msd is None:
        return EXIT_UNREADABLE
    return EXIT_WARNINGS if any(one.level != "info" for one in findings) else 0


def _say(lines: Iterable[str]) -> None:
    # click drops colours where no terminal listens; https://no-color.org is ours to keep.
    colour = False if os.environ.get("NO_COLOR") else None
    for line in lines:
        typer.echo(line, color=colour)


def _say_findings(findings: Iterable[Finding]) -> None:
    found = list(findings)
    lines = zip(found, finding_lines(found), strict=True)
    _say(typer.style(line, fg=_COLOURS[one.level]) for one, line in lines)


def _say_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
