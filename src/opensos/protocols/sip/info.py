"""INFO and its packages, both sides (RFC 6086)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opensos.protocols.effects import LocalError

from .call import Call, Phase, confirmed_dialog
from .client import in_dialog, send_request
from .ending import peer_forgot
from .events import InfoAnswered, InfoArrived
from .pending import hold
from .server import Incoming, respond

if TYPE_CHECKING:
    from .core import Core
    from .dialog import Dialog
    from .message import Response


def package_of(incoming: Incoming) -> str | None:
    """Return the name of the INFO package, or ``None`` for a legacy INFO (§4.2.1)."""
    value = incoming.request.headers.get("info-package")
    return None if value is None else value.partition(";")[0].strip()


def info_arrived(core: Core, call: Call, dialog: Dialog, incoming: Incoming) -> None:
    """Take an INFO: 469 for a package that we did not list, else the floor above replies (§4.2.2).

    Names are compared without case: some units write the package as they like.
    """
    package = package_of(incoming)
    if package is not None:
        known = {name.lower(): name for name in core.profile.recv_info}
        ours = known.get(package.lower())
        if ours is None:
            respond(core, incoming, 469, core.texts.recv_info)
            return
        package = ours
    token = hold(core, call, dialog, incoming)
    core.tell(InfoArrived(call.handle, incoming.request, token, package))


def send_info(
    core: Core, call: Call, package: str, content: tuple[str | None, bytes], lines: str
) -> int:
    """Send an INFO in the confirmed dialog; returns its CSeq number.

    Raises:
        LocalError: the peer did not list the package (§4.2.1), or the call is not answered.
    """
    if call.phase not in {Phase.ANSWERED, Phase.ESTABLISHED}:
        raise LocalError(f"The call {call.handle!r} is {call.phase}: no INFO can be sent in it.")
    dialog = confirmed_dialog(call)
    if package.lower() not in dialog.packages:
        raise LocalError(f"The peer does not take the INFO package {package!r} (RFC 6086 §4.2.1).")
    info = in_dialog(core, dialog, "INFO", f"Info-Package: {package}\r\n{lines}")
    info.content_type, info.body = content
    info.done = partial(_answered, core, call, info.cseq)
    send_request(core, info)
    return info.cseq


def _answered(core: Core, call: Call, number: int, status: int, response: Response | None) -> None:
    if call.phase.over:
        return
    core.tell(InfoAnswered(call.handle, status, response, number))
    peer_forgot(core, call, status)
