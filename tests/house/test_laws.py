"""The laws of the house (ARCHITECTURE.md): floors, strangers, purity, mirrored tests, sizes."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "opensos"
FILES = sorted(p for p in SOURCE.rglob("*.py") if "vendor" not in p.parts)

# Who may import whom: a floor sees itself and what is listed.
FLOORS = {
    "protocols": {"protocols"},
    "rules": {"rules", "protocols"},
    "ports": {"ports", "rules", "protocols"},
    "edges": {"edges", "ports", "rules", "protocols"},
    "sim": {"sim", "ports", "rules", "protocols"},
    "apps": {"apps", "edges", "sim", "ports", "rules", "protocols"},
}
# Rooms of `protocols` are strangers, with these exceptions: NG-eCall is SIP with control documents.
ACQUAINTED = {("ngecall", "sip"), ("ngecall", "control")}
PURE = ("protocols", "rules")
# What touches the world (or its clock, or its dice) and so may not be seen on a pure floor.
WORLDLY = {
    "time",
    "socket",
    "random",
    "secrets",
    "uuid",
    "os",
    "pathlib",
    "io",
    "logging",
    "asyncio",
    "threading",
    "multiprocessing",
    "subprocess",
    "selectors",
    "ssl",
    "shutil",
    "tempfile",
    "signal",
    "sqlite3",
    "sqlalchemy",
    "fastapi",
    "uvicorn",
    "typer",
    "rich",
    "concurrent",
    "sys",
    "http",
    "urllib",
}
WORLDLY_CALLS = {"open", "print", "input", "now", "utcnow", "today", "urandom"}
# Third-party code that a pure room may use, with the reason.
GUESTS: dict[tuple[str, ...], set[str]] = {
    ("protocols", "control"): {"lxml"},  # XML, hardened in one place per room
    ("protocols", "pidf"): {"lxml"},
}
LONGEST_FUNCTION = 60  # the aim is 40; this is where the build stops
LONGEST_FILE = 520  # the aim is 400


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _room(path: Path) -> tuple[str, ...]:
    return path.relative_to(SOURCE).with_suffix("").parts


def _imports(path: Path) -> list[str]:
    """Return every imported module by its full dotted name, type-checking ones included."""
    names: list[str] = []
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(path, node)
            names += [f"{module}.{a.name}" if module == "opensos" else module for a in node.names]
    return names


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = ["opensos", *_room(path)[: -node.level]]
    return ".".join([*package, node.module] if node.module else package)


def _ids(paths: list[Path]) -> list[str]:
    return ["/".join(_room(p)) for p in paths]


PURE_FILES = [p for p in FILES if _room(p)[0] in PURE]


@pytest.mark.parametrize("path", FILES, ids=_ids(FILES))
def test_every_file_imports_only_from_its_floor_or_below(path: Path) -> None:
    floor = _room(path)[0]
    allowed = FLOORS.get(floor)
    if allowed is None:
        return  # cli.py, __main__.py, __init__.py wire the apps
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] == "opensos" and len(parts) > 1:
            assert parts[1] in allowed, f"{'/'.join(_room(path))} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=_ids(FILES))
def test_rooms_of_protocols_and_apps_are_strangers(path: Path) -> None:
    mine = _room(path)
    if mine[0] not in {"protocols", "apps"} or len(mine) < 2 or mine[:2] == ("apps", "demo"):
        return
    for name in _imports(path):
        parts = name.split(".")
        if parts[:2] != ["opensos", mine[0]] or len(parts) < 3 or parts[2] in {mine[1], "effects"}:
            continue
        assert (mine[1], parts[2]) in ACQUAINTED, f"{'/'.join(mine)} imports {name}"


@pytest.mark.parametrize("path", PURE_FILES, ids=_ids(PURE_FILES))
def test_the_pure_floors_touch_no_world(path: Path) -> None:
    guests = GUESTS.get(_room(path)[:2], set())
    for name in _imports(path):
        top = name.split(".")[0]
        if name == "urllib.parse":
            continue  # percent-decoding is pure
        assert top not in WORLDLY, f"{'/'.join(_room(path))} imports {name}"
        known = top in {"opensos", "__future__"} | guests or _is_standard(top)
        assert known, f"{'/'.join(_room(path))} brings the guest {name}"
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else ""
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                name = called.attr if called.value.id in {"datetime", "date", "os"} else ""
            assert name not in WORLDLY_CALLS, f"{path}:{node.lineno} calls {name}"


def _is_standard(top: str) -> bool:
    import sys  # noqa: PLC0415  # the interpreter's own list of its library

    return top in sys.stdlib_module_names


@pytest.mark.parametrize("path", FILES, ids=_ids(FILES))
def test_a_package_or_file_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(_tree(path))
    assert docstring, f"{path} has no docstring"


@pytest.mark.parametrize("path", FILES, ids=_ids(FILES))
def test_functions_fit_a_screen_and_files_a_sitting(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{path} has {lines} lines"
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, (
                f"{path}:{node.lineno} {node.name} has {length} lines"
            )


@pytest.mark.parametrize("path", FILES, ids=_ids(FILES))
def test_no_error_is_swallowed_by_a_bare_except(path: Path) -> None:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path}:{node.lineno} has a bare except"


def test_the_tests_stand_at_the_address_of_what_they_test() -> None:
    rooms = {_room(p)[:-1] for p in FILES} - {()}
    strays = [
        str(p.relative_to(ROOT))
        for p in (ROOT / "tests").rglob("test_*.py")
        if (address := p.relative_to(ROOT / "tests").parts[:-1])
        and address[0] in FLOORS
        and address not in rooms
    ]
    assert not strays, f"tests without a room: {strays}"


def test_every_pure_file_is_tested_in_its_own_room() -> None:
    rooms = {_room(p)[:-1] for p in PURE_FILES if p.name != "__init__.py"}
    untested = [
        "/".join(room)
        for room in sorted(rooms)
        if len(room) > 1 and not list((ROOT / "tests").joinpath(*room).glob("test_*.py"))
    ]
    assert not untested, f"rooms without tests: {untested}"


def test_no_address_of_a_registry_and_no_path_of_a_machine_is_committed() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text, f"{lock} names an address"
