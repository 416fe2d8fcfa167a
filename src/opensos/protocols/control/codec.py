"""Control documents: bytes to values and back (RFC 8147 §9 and §13)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from opensos.protocols.effects import LocalError

from .hardened import local_name, read_xml
from .values import Ack, ActionResult, Capabilities, Control, Decoded, RequestAction, Requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.etree import _Element

NAMESPACE: Final = "urn:ietf:params:xml:ns:EmergencyCallData:control"
_NAMESPACE_LOW: Final = NAMESPACE.lower()
_ROOT: Final = "EmergencyCallData.Control"
_MAX_CHILDREN: Final = 64  # more actions than any vehicle has
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


# --- reading ----------------------------------------------------------------------------------


def decode(data: bytes) -> Decoded:
    """Read a control document; never raises.

    The schema allows one kind of content: the first kind in the document is the value, others are
    kept in ``also`` with a problem. Several requests are one ``Requests`` (§9.1.3, which overrules
    the schema).
    """
    problems: list[str] = []
    root = read_xml(data, problems)
    if root is None:
        return Decoded(None, tuple(problems))
    values = _read_root(root, problems)
    if not values:
        problems.append("The control document holds no ack, request or capabilities.")
        return Decoded(None, tuple(problems))
    if len(values) > 1:
        problems.append("The control document holds more than one kind of content.")
    return Decoded(values[0], tuple(problems), tuple(values[1:]))


def _read_root(root: _Element, problems: list[str]) -> list[Control]:
    name = local_name(root)
    children: Iterable[_Element] = root
    if name != _ROOT:
        problems.append(f"The root element is {name[:60]}, not {_ROOT}.")
        if name.lower() in {"ack", "request", "capabilities"}:
            children = (root,)
    namespace = (root.nsmap.get(root.prefix) or "").lower()
    if namespace != _NAMESPACE_LOW:
        problems.append(f"The namespace is {namespace[:80]!r}, not {NAMESPACE}.")
    found: dict[type[Control], Control] = {}
    extra: list[Control] = []
    for index, child in enumerate(children):
        if index == _MAX_CHILDREN:
            problems.append(f"Only the first {_MAX_CHILDREN} elements were read.")
            break
        value = _read_child(child, problems)
        if value is None:
            continue
        kind = type(value)
        earlier = found.get(kind)
        if earlier is None:
            found[kind] = value
        elif isinstance(value, Requests) and isinstance(earlier, Requests):
            found[kind] = Requests(earlier.actions + value.actions)
        else:
            extra.append(value)
    return [*found.values(), *extra]


def _read_child(child: _Element, problems: list[str]) -> Control | None:
    name = local_name(child).lower()
    if name == "ack":
        return _read_ack(child, problems)
    if name == "request":
        return Requests((_read_request(child, problems),))
    if name == "capabilities":
        actions = _children(child, "request", problems)
        return Capabilities(tuple(_read_request(action, problems) for action in actions))
    return None  # an extension: tolerated (xs:any)


def _children(parent: _Element, name: str, problems: list[str]) -> list[_Element]:
    found = [child for child in parent if local_name(child).lower() == name]
    if len(found) > _MAX_CHILDREN:
        problems.append(f"Only the first {_MAX_CHILDREN} {name} elements were read.")
    return found[:_MAX_CHILDREN]


def _attributes(element: _Element) -> dict[str, str]:
    """Return attributes by lower-case local name; one without a namespace wins."""
    found: dict[str, str] = {}
    for key, value in element.attrib.items():
        name = str(key)
        if name[0] == "{":
            found.setdefault(name.rpartition("}")[2].lower(), str(value))
        else:
            found[name.lower()] = str(value)
    return found


def _read_ack(element: _Element, problems: list[str]) -> Ack:
    attributes = _attributes(element)
    if "ref" not in attributes:
        problems.append("The ack has no ref.")
    results = tuple(
        _read_result(child, problems) for child in _children(element, "actionresult", problems)
    )
    received = _boolean(attributes.get("received"), "received", problems)
    return Ack(attributes.get("ref", "").strip(), received, results)


def _read_result(element: _Element, problems: list[str]) -> ActionResult:
    attributes = _attributes(element)
    action = _token(attributes.get("action")) or ""
    if not action:
        problems.append("An actionResult names no action.")
    success = _boolean(attributes.get("success"), "success", problems)
    if success is None and "success" not in attributes:
        problems.append("An actionResult does not say whether it succeeded.")
    return ActionResult(
        action, success, _token(attributes.get("reason")), attributes.get("details")
    )


def _read_request(element: _Element, problems: list[str]) -> RequestAction:
    attributes = _attributes(element)
    action = _token(attributes.get("action")) or ""
    if not action:
        problems.append("A request names no action.")
    values = "".join(attributes.get("supported-values", "").split()).split(";")
    texts = _children(element, "text", problems)
    return RequestAction(
        action=action,
        datatype=_token(attributes.get("datatype")),
        int_id=_unsigned(attributes.get("int-id"), problems),
        persistence=_token(attributes.get("persistence")),
        supported_values=tuple(value for value in values if value),
        element_id=_token(attributes.get("element-id")),
        requested_state=_token(attributes.get("requested-state")),
        texts=tuple("".join(map(str, text.itertext())) for text in texts),
    )


def _token(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split())


def _boolean(text: str | None, name: str, problems: list[str]) -> bool | None:
    if text is None:
        return None
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        problems.append(f"The attribute {name} is {text[:40]!r}, neither true nor false.")
    return value


def _unsigned(text: str | None, problems: list[str]) -> int | None:
    if text is None:
        return None
    digits = text.strip().removeprefix("+")
    if digits.isascii() and digits.isdigit() and len(digits) <= 10 and int(digits) < 2**32:
        return int(digits)
    problems.append(f"The int-id is {text[:40]!r}, not a number from 0 to 4294967295.")
    return None


# --- writing ----------------------------------------------------------------------------------

_HEAD: Final = f'<?xml version="1.0" encoding="UTF-8"?>\r\n<{_ROOT} xmlns="{NAMESPACE}">\r\n'
_TAIL: Final = f"</{_ROOT}>\r\n"


def encode(control: Control) -> bytes:
    """Write a control document in the RFC's spelling.

    Raises:
        LocalError: an action has no name, there is no action at all, or a text holds a character
            that XML cannot carry.
    """
    if isinstance(control, Ack):
        body = _ack(control)
    else:
        if not control.actions:
            raise LocalError("A control document without any action says nothing.")
        body = "".join(_request(action) for action in control.actions)
        if isinstance(control, Capabilities):
            body = f"<capabilities>\r\n{body}</capabilities>\r\n"
    if _FORBIDDEN.search(body):
        raise LocalError("A control document cannot carry control characters.")
    return f"{_HEAD}{body}{_TAIL}".encode()


def _ack(ack: Ack) -> str:
    received = "" if ack.received is None else f' received="{_word(ack.received)}"'
    head = f'<ack{received} ref="{_quoted(ack.ref)}"'
    if not ack.results:
        return f"{head}/>\r\n"
    return f"{head}>\r\n{''.join(_result(result) for result in ack.results)}</ack>\r\n"


def _result(result: ActionResult) -> str:
    if not result.action or result.success is None:
        raise LocalError("An action result needs the action's name and whether it succeeded.")
    pairs = [("action", result.action), ("success", _word(result.success))]
    pairs += [("reason", result.reason or ""), ("details", result.details or "")]
    return f"<actionResult{_pairs(pairs)}/>\r\n"


def _request(action: RequestAction) -> str:
    if not action.action:
        raise LocalError("A request needs the action's name.")
    pairs = [
        ("action", action.action),
        ("int-id", "" if action.int_id is None else str(action.int_id)),
        ("persistence", action.persistence or ""),
        ("datatype", action.datatype or ""),
        ("supported-values", ";".join(action.supported_values)),
        ("element-id", action.element_id or ""),
        ("requested-state", action.requested_state or ""),
    ]
    head = f"<request{_pairs(pairs)}"
    if not action.texts:
        return f"{head}/>\r\n"
    texts = "".join(f"<text>{escape(text)}</text>\r\n" for text in action.texts)
    return f"{head}>\r\n{texts}</request>\r\n"


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return "".join(f' {name}="{_quoted(value)}"' for name, value in pairs if value)


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _word(value: bool) -> str:  # noqa: FBT001  # it is the value itself
    return "true" if value else "false"
