from __future__ import annotations

import os
import threading

from opensos.edges.outlet import Outlet


def test_lines_come_out_in_order_and_the_last_ones_at_the_end() -> None:
    written: list[str] = []
    outlet = Outlet(written.append)
    for number in range(100):
        outlet(str(number))
    outlet.close()
    assert written == [str(number) for number in range(100)]


def test_a_reader_that_hangs_keeps_nobody_waiting_and_learns_what_it_missed() -> None:
    written: list[str] = []
    free, stuck = threading.Event(), threading.Event()

    def write(line: str) -> None:
        stuck.set()
        free.wait(10)
        written.append(line)

    outlet = Outlet(write, most=3)
    outlet("first")
    assert stuck.wait(10)
    for number in range(10):
        outlet(str(number))
    free.set()
    while outlet._lines.qsize():
        free.wait(0)
    outlet("later")
    outlet.close()
    assert written[:4] == ["first", "0", "1", "2"]
    assert written[4:] == ["(7 lines were left out: nobody read them)", "later"]


def test_a_reader_that_is_gone_ends_the_writing_and_nothing_else() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    outlet = Outlet(lambda line: _write(writing, line))
    outlet("nobody hears this")
    outlet._thread.join(10)
    outlet("nor this")
    os.close(writing)
    assert not outlet._thread.is_alive()


def _write(fd: int, line: str) -> None:
    os.write(fd, line.encode())
