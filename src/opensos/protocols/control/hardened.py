"""XML from strangers, made harmless before it is looked at.

No document type, no entities, nothing fetched, no huge tree, at most 64 KiB and 32 levels. The
bytes are brought to UTF-8 first and the parser is told so: a declared encoding cannot hide a
document type from the check.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 32

_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}["']([^"']{1,40})""")
_TOO_DEEP: Final = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        attribute_defaults=False,
        resolve_entities=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


_STRICT: Final = _parser(recover=False)
_RECOVERING: Final = _parser(recover=True)


def read_xml(data: bytes, problems: list[str]) -> _Element | None:
    """Return the root element, or None; what was wrong is added to ``problems`` as sentences.

    A document that breaks off or is not well formed is read as far as it goes.
    """
    if len(data) > MAX_BYTES:
        problems.append(f"The XML document has {len(data)} bytes; {MAX_BYTES} are allowed.")
        return None
    text = _as_utf8(data, problems)
    if not text:
        problems.append("The XML document is empty.")
        return None
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        problems.append("The XML document has a document type or entities, which is not allowed.")
        return None
    try:
        root = etree.fromstring(text, _STRICT)
    except etree.XMLSyntaxError as error:
        problems.append(f"The XML is not well formed: {error.msg}"[:200] + ".")
        root = _recovered(text)
    if root is None:
        return None
    if _TOO_DEEP(root):
        problems.append(f"The XML document is nested deeper than {MAX_DEPTH} levels.")
        return None
    return root


def _recovered(text: bytes) -> _Element | None:
    try:
        root: _Element | None = etree.fromstring(text, _RECOVERING)
    except etree.XMLSyntaxError:  # pragma: no cover  # no input is known that lxml gives up on
        return None
    if root is not None:
        # Entities that nobody declared stay behind as nodes that are no elements.
        etree.strip_elements(root, etree.Entity, with_tail=False)
    return root


def _as_utf8(data: bytes, problems: list[str]) -> bytes:
    """Return the document as UTF-8 without byte order mark and white space at its ends."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode("utf-8")
    data = data.removeprefix(codecs.BOM_UTF8).strip()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        declared = _DECLARED.search(data[:300])
        if declared is None or declared.group(1).lower() not in {b"iso-8859-1", b"windows-1252"}:
            problems.append("The XML document is not UTF-8; read as Latin-1.")
        return data.decode("latin-1").encode("utf-8")
    return data


def local_name(element: _Element) -> str:
    """Return the name without its namespace, nor a prefix that nobody declared."""
    return element.tag.rpartition("}")[2].rpartition(":")[2]
