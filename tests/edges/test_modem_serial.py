from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from opensos.edges.clock import SystemClock
from opensos.edges.modem_serial import ModemSettings, SerialModem, open_modem
from opensos.edges.serial_line import LineSettings, SerialLine, serial_opener
from opensos.protocols.at import PROFILES, Command, Failed
from opensos.protocols.effects import LocalError
from opensos.rules.readiness.readings import Registration, SimCard
from opensos.sim.modem_radio import Card, Identity, Ills, Radio
from opensos.sim.modem_radio import ModemWorld as Pretend
from tests.edges.modem_desk import Desk, desk
from tests.edges.waiting import until
from tests.promises.modem import ModemPromises, ModemWorld, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path


class SerialWorld(ModemWorld):
    def __init__(self, d: Desk, switched: list[str]) -> None:
        self.desk = d
        self.modem = d.modem
        self._switched = switched

    async def roam_on_gsm(self) -> None:
        self.desk.far.world.radio.stat, self.desk.far.world.radio.act = 5, 0
        self.desk.far.world.radio.dbm = -93
        self.desk.far.changed()

    async def pull_card(self) -> None:
        self.desk.far.world.card.state = "absent"
        self.desk.far.news("+CPIN: NOT INSERTED")

    async def lock_card(self) -> None:
        self.desk.far.world.card.state = "pin"

    async def go_away(self) -> None:
        self.desk.pty.unplug()
        await self.until(lambda: self.desk.line.health().state == "away")

    async def come_back(self) -> None:
        self.desk.pty.plug_in()

    @property
    def switched(self) -> list[str]:
        return self._switched


class TestSerialModem(ModemPromises):
    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> None:
        self.tmp_path = tmp_path

    def world(self) -> AbstractAsyncContextManager[ModemWorld]:
        return self._world()

    @asynccontextmanager
    async def _world(self) -> AsyncIterator[ModemWorld]:
        switched: list[str] = []
        settings = ModemSettings(poll_s=0.02, slow_every=2, switch_antenna=switched.append)
        async with desk(self.tmp_path, settings=settings) as d:
            yield SerialWorld(d, switched)


def run(
    tmp_path: Path,
    story: Callable[[Desk], Awaitable[None]],
    world: Pretend | None = None,
    settings: ModemSettings | None = None,
) -> None:
    async def whole() -> None:
        async with desk(tmp_path, world, settings) as d:
            await story(d)

    asyncio.run(whole())


def test_a_hung_modem_keeps_its_last_word_and_is_found_again(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        d.far.world.ills.hung = True
        command = Command("AT", timeout_s=0.02)
        assert await d.line.ask(command) == Failed(
            d.line._dialogue._last_ticket, command, "timeout"
        )
        before = d.modem.modem(0.0)
        assert before is not None
        assert not d.line.ready
        assert d.modem.modem(0.0) == before
        d.far.world.ills.hung = False
        await d.until(lambda: d.line.ready)
        await d.fresh()
        after = d.modem.modem(0.0)
        assert after is not None
        assert (after.heard_at or 0) > (before.heard_at or 0)

    run(tmp_path, story)


def test_a_line_of_noise_is_garbage_and_not_silence(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        d.far.world.ills.hung = True
        await d.until(lambda: d.line.health().state == "silent")
        d.pty.noise(b"\xff\x81\x02\xfe\r\n\x01\x02\r\n")
        await d.until(lambda: d.line.health().state == "garbage")
        assert d.line.health().noise == 6
        assert d.modem.sim_card(0.0) == SimCard("failed")
        d.far.world.ills.hung = False
        await d.until(lambda: d.line.health().state == "ok")
        assert d.line.health().noise == 0

    run(tmp_path, story)


def test_noise_between_good_answers_is_counted_and_no_finding(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        assert d.line.health().state == "ok"

    run(tmp_path, story, Pretend(ills=Ills(noise=True, split=True, storm=3)))


def test_a_modem_that_starts_anew_is_set_up_anew(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        times = d.far.heard.count("AT#ECALLURC=2")
        d.far.reset()
        await d.until(lambda: d.far.heard.count("AT#ECALLURC=2") > times)
        assert not d.far.echo

    run(tmp_path, story)


def test_a_modem_that_dies_in_the_middle_of_a_question_is_asked_again(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        d.far.world.ills.reset_on = "AT+CPIN?"
        await d.until(lambda: not d.far.world.ills.reset_on)
        await d.fresh()

    run(tmp_path, story)


def test_the_emergency_antenna_is_switched_by_the_modems_own_pin(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        d.modem.use_antenna("emergency", 0.0)
        await d.until(lambda: d.far.pins == {7: 1})
        await d.until(lambda: d.modem.modem(0.0).antenna == "emergency")  # type: ignore[union-attr]
        d.far.reset()
        d.far.pins.clear()
        await d.until(lambda: d.far.pins == {7: 1})

    run(
        tmp_path,
        story,
        Pretend(identity=Identity(maker="u-blox")),
        ModemSettings(poll_s=0.02, antenna_pin=7),
    )


def test_an_antenna_that_cannot_be_switched_is_not_named(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        d.modem.use_antenna("emergency", 0.0)
        await d.fresh()
        reading = d.modem.modem(0.0)
        assert reading is not None
        assert reading.antenna is None

    run(
        tmp_path,
        story,
        Pretend(identity=Identity(maker="standard")),
        ModemSettings(poll_s=0.02, antenna_pin=7),
    )


def test_an_esim_shows_its_profile_where_it_is_asked(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.until(lambda: d.modem.sim_card(0.0).profile == "disabled")

    run(
        tmp_path,
        story,
        Pretend(card=Card(esim="disabled")),
        ModemSettings(poll_s=0.02, slow_every=1, esim=True),
    )


def test_a_cell_for_emergency_calls_only_and_jamming_are_seen(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        reading = d.modem.modem(0.0)
        assert reading is not None
        assert reading.registration is Registration.EMERGENCY_ONLY
        d.far.world.radio.jammed = True
        d.far.changed()
        await d.until(lambda: d.modem.modem(0.0).jammed is True)  # type: ignore[union-attr]

    world = Pretend(identity=Identity(maker="telit"), radio=Radio(stat=8, act=2))
    run(tmp_path, story, world)


def test_a_line_that_does_not_exist_is_a_finding_with_its_reason(tmp_path: Path) -> None:
    async def story() -> None:
        modem = open_modem(str(tmp_path / "none"), SystemClock())
        modem.start()
        await eventually(lambda: modem.line_health().why == "ENOENT")
        assert modem.line_health().state == "away"
        reading = modem.modem(0.0)
        assert reading is not None
        assert reading.heard_at is None
        assert reading.sim is None
        await modem.close()

    asyncio.run(story())


def test_a_line_that_takes_for_ever_to_open_blocks_nobody(tmp_path: Path) -> None:
    async def story() -> None:
        gate = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow() -> object:
            asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
            raise OSError("too late")

        line = SerialLine(slow, SystemClock(), LineSettings(open_limit_s=0.02))  # type: ignore[arg-type]
        line.start()
        await eventually(lambda: line.health().why == "opening takes too long")
        gate.set()
        await line.close()
        assert await line.ask(Command("AT")) == Failed(0, Command("AT"), "lost")

    asyncio.run(story())


def test_a_modem_that_takes_no_bytes_breaks_the_line_and_not_the_unit(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        d.far.world.ills.hung = True
        asyncio.get_running_loop().remove_reader(d.pty._master)  # nobody reads at the other end
        for _ in range(40):
            d.line.write(b"x" * 4096)
        await d.until(lambda: d.line.health().why == "takes no bytes")

    run(tmp_path, story)


def test_bytes_that_do_not_fit_at_once_follow_later(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        loop = asyncio.get_running_loop()
        loop.remove_reader(d.pty._master)
        while not d.line._unsent:
            d.line.write(b"\r" * 1000)
        loop.add_reader(d.pty._master, d.pty._readable)
        await d.until(lambda: not d.line._unsent)

    run(tmp_path, story)


def test_settings_that_never_look_are_refused() -> None:
    with pytest.raises(LocalError):
        ModemSettings(poll_s=0)


def test_a_profile_from_settings_is_used_before_the_modem_speaks(tmp_path: Path) -> None:
    line = SerialLine(serial_opener(str(tmp_path)), SystemClock())
    modem = SerialModem(line, ModemSettings(profile=PROFILES["quectel"]))
    assert modem.state.profile.name == "quectel"


def test_pyserial_is_loaded_only_when_a_line_is_opened() -> None:
    code = (
        "import sys, opensos.edges.modem_serial, opensos.edges.modem_manager,"
        " opensos.edges.bearer_modem; print({'serial', 'dbus_fast'} & set(sys.modules))"
    )
    done = asyncio.run(_python(code))
    assert done == "set()"


async def _python(code: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode().strip()


def test_a_forbidden_command_is_heard_as_a_failure_and_never_sent(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        call = Command("AT+CECALL=3", call=True)
        assert await d.line.ask(call) == Failed(0, call, "forbidden")
        await d.fresh()
        assert "AT+CECALL=3" not in d.far.heard
        assert d.far.placed == []

    run(tmp_path, story)


def test_a_makers_setting_that_is_forbidden_stops_nothing_else(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        assert "AT+XECALL=7" not in d.far.heard
        assert d.modem.state.model == "PRETEND-1"

    odd = replace(PROFILES["telit"], setup=("AT+XECALL=7",))
    run(tmp_path, story, settings=ModemSettings(poll_s=0.02, profile=odd))


def test_a_modem_that_hangs_while_it_is_set_up_is_set_up_again(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        def hang(line: str) -> None:
            d.far.world.ills.hung = line == "AT+CGMI" and not d.far.heard.count("ATX4") > 1

        d.far.on_command = hang
        d.far.heard.clear()
        d.far.reset()
        await d.until(lambda: d.far.heard.count("ATX4") >= 1)
        d.pty.unplug()
        d.far.world.ills.hung = False
        d.pty.plug_in()
        await d.fresh()
        assert d.far.heard.count("ATX4") > 1
        assert d.modem.state.model == "PRETEND-1"

    run(tmp_path, story)


def test_a_command_whose_asker_has_gone_is_answered_into_the_void(tmp_path: Path) -> None:
    async def story(d: Desk) -> None:
        await d.fresh()
        asking = asyncio.get_running_loop().create_task(d.line.ask(Command("AT")))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await d.fresh()
        assert d.line._replies == {}

    run(tmp_path, story)


def test_a_line_that_cannot_be_opened_in_whatever_way_is_tried_again() -> None:
    tries: list[int] = []

    def opened() -> None:
        import termios  # noqa: PLC0415

        tries.append(1)
        raise termios.error(5, "Input/output error") if len(tries) == 1 else ImportError("serial")

    async def story() -> None:
        settings = LineSettings(reopen_s=(0.001,))
        line = SerialLine(opened, SystemClock(), settings)  # type: ignore[arg-type]
        line.start()
        await until(lambda: len(tries) >= 3)
        assert line.health().state == "away"
        await line.close()

    asyncio.run(story())
