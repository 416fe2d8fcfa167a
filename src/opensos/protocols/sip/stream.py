"""Cutting messages out of a stream by Content-Length (RFC 3261 §18.3, RFC 5626 §3.5.1).

Sans-IO: bytes in, whole messages out, whatever the size of the chunks. Each byte is looked at a
bounded number of times.
"""

from __future__ import annotations

import re

from opensos.protocols.effects import RemoteError

from .limits import LIMITS, Limits
from .message import content_length

_LENGTH = re.compile(rb"\n(?:content-length|l)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.IGNORECASE)
_HEAD_END = re.compile(rb"\n\r?\n")


class Framer:
    """Cuts one direction of one connection into messages.

    Attributes:
        pings: keep-alives (double CRLF between messages) that wait for an answer; the owner counts
            down as it sends one CRLF for each.
        broken: why the stream cannot be cut any more, else ``None``. The message that broke it has
            been handed over, so that it can be answered; the next `feed` raises.
    """

    __slots__ = ("_buffer", "_limits", "_need", "_scan", "_seen", "broken", "pings")

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._scan = 0  # how far the buffer was searched for the end of the head
        self._need = 0  # length of the message under way once its head has been read, else 0
        self._seen = 0  # line ends seen between messages: two CRLF are a ping
        self.pings = 0
        self.broken: str | None = None

    @property
    def pending(self) -> int:
        """Bytes of a message that has begun and not ended; at least 1 once the stream is broken."""
        return len(self._buffer) or (1 if self.broken else 0)

    def rest(self) -> bytes:
        """Return, and forget, a message that began and will not end: the connection is over."""
        left = bytes(self._buffer)
        self._buffer.clear()
        self._scan = self._need = 0
        return left

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that these bytes complete.

        Raises:
            RemoteError: the stream is hopeless: no head within the limits, or an earlier message
                without a usable Content-Length. Close the connection.
        """
        self._raise_if_broken()
        self._buffer += data
        messages: list[bytes] = []
        while message := self._next():
            messages.append(message)
        if not messages:
            self._raise_if_broken()
        return messages

    def _raise_if_broken(self) -> None:
        if self.broken is not None:
            raise RemoteError(self.broken)

    def _next(self) -> bytes:
        """Return the next whole message, or what broke the stream, or nothing."""
        if not self._need:
            self._read_head()
        if self.broken is not None:
            return self._take(len(self._buffer))
        if not self._need or len(self._buffer) < self._need:
            return b""
        return self._take(self._need)

    def _take(self, size: int) -> bytes:
        message = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._need = self._scan = 0
        return message

    def _skip_line_ends(self) -> None:
        """Drop line ends between messages, and count the pings among them."""
        buffer = self._buffer
        end = 0
        while end < len(buffer) and buffer[end] in b"\r\n":
            if buffer[end] == 10:
                self._seen += 1
                if self._seen == 2:
                    self.pings += 1
                    self._seen = 0
            end += 1
        if end:
            del buffer[:end]
        if buffer:
            self._seen = 0

    def _read_head(self) -> None:
        """Set ``_need`` once the head is there, or ``broken``."""
        if not self._scan:
            self._skip_line_ends()
        found = _HEAD_END.search(self._buffer, max(0, self._scan - 2))
        end = found.end() if found else len(self._buffer)
        if end > self._limits.head:
            self.broken = "The peer sent a SIP header section larger than we read."
        elif found is None:
            self._scan = end
        else:
            self._need = end + self._body_size(bytes(self._buffer[:end]))

    def _body_size(self, head: bytes) -> int:
        values = {b" ".join(found.split()).decode("latin-1") for found in _LENGTH.findall(head)}
        if len(values) > 1:  # RFC 4475 §3.3.9
            self.broken = "The peer sent conflicting Content-Length values on a stream."
            return 0
        if not values:  # §20.14 demands it on a stream; most that omit it have no body
            return 0
        size = content_length(values.pop())
        if size is None:
            self.broken = "The peer sent a malformed Content-Length on a stream."
            return 0
        if size > self._limits.body:
            self.broken = "The peer announced a SIP body larger than we read."
            return 0
        return size
