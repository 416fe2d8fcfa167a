#!/usr/bin/env python3
"""Breaks one room of the source, one small change at a time, and counts what its tests see.

    .venv/bin/python tools/mutate.py protocols/msd --sample 60 --seed 1 -- -k "not thousands"

The work tree is never edited: the tests import a copy in a temporary folder. What is changed,
what is skipped and the figures seen are in docs/reference/mutation.md. The exit code is 0 when
enough changes were noticed, 1 when not, 2 when the tests fail without any change.
"""
# ruff: noqa: T201 - a script of its own whose result is what it prints

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
MEMORY = 4 << 30  # bytes of address space for one run: a loop made endless must not eat the machine
MARK = "# equivalent:"
SWAP: dict[type[ast.AST], Any] = {ast.Lt: ast.LtE, ast.Gt: ast.GtE, ast.Eq: ast.NotEq}
SWAP |= {ast.Is: ast.IsNot, ast.In: ast.NotIn, ast.Add: ast.Sub, ast.LShift: ast.RShift}
SWAP |= {ast.And: ast.Or} | {new: old for old, new in SWAP.items()} | {ast.Or: ast.And}
SWAP[ast.BitAnd] = ast.BitOr  # not back: `int | None` is a type
# Hypothesis: the same examples each time, and no search for the smallest failing one.
PLUGIN = """from hypothesis import Phase, settings
def pytest_configure():
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutate", settings(), derandomize=True, database=None, phases=phases)
    settings.load_profile("mutate")
"""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: the bytes `start` to `end` of the file `path` (below src) become `text`."""

    path: Path
    line: int
    start: int
    end: int
    before: str
    text: str

    def __str__(self) -> str:
        """`src/…/oid.py:12: a < b -> a <= b`, on one line."""
        parts = [" ".join(part.split()) for part in (self.before, self.text)]
        return f"src/{self.path}:{self.line}: {parts[0]:.80}  ->  {parts[1]:.80}"


def swapped(node: ast.expr) -> Iterator[str]:
    """A comparison, sum, shift, `&`, `and` or `or` with the operator's opposite."""
    match node:
        case ast.Compare():
            for place, op in enumerate(node.ops):
                other = copy.deepcopy(node)
                other.ops[place] = SWAP[type(op)]()
                yield f"({ast.unparse(other)})"
        case ast.BinOp() if type(node.op) in SWAP:
            yield f"({ast.unparse(ast.BinOp(node.left, SWAP[type(node.op)](), node.right))})"
        case ast.BoolOp():
            yield f"({ast.unparse(ast.BoolOp(SWAP[type(node.op)](), node.values))})"


def changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """What may be changed at this node: the part that is replaced, and its new text."""
    match node:
        case ast.Compare() | ast.BinOp() | ast.BoolOp():
            yield from ((node, text) for text in swapped(node))
        case ast.UnaryOp(op=ast.Not()):
            yield node, f"({ast.unparse(node.operand)})"
        case ast.Constant(value=bool()):
            yield node, str(not node.value)
        case ast.Constant(value=int() as number):
            yield from ((node, f"({number + step})") for step in (1, -1))
        case ast.If() | ast.IfExp():
            yield from ((node.test, text) for text in (" True ", " False "))
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield node, "return None"
        case ast.Expr(value=ast.Call()):
            yield node, "pass"


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes that may be changed: no annotation, decorator, f-string, `raise`."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            silent = for_types or isinstance(child, ast.JoinedStr | ast.Raise)
            if isinstance(child, ast.AST) and not silent:
                yield from walk(child)


def mutations(path: Path, source: bytes) -> Iterator[Mutation]:
    """All changes of one file that still are Python, but for lines marked as equivalent."""
    lines = source.splitlines(keepends=True)
    starts = list(accumulate(map(len, lines), initial=0))
    for node in walk(ast.parse(source)):
        for part, text in changes(node):
            start = starts[part.lineno - 1] + part.col_offset
            end = starts[(part.end_lineno or 0) - 1] + (part.end_col_offset or 0)
            before = source[start:end].decode()
            if MARK.encode() in lines[part.lineno - 1] or before.strip() == text.strip():
                continue
            with contextlib.suppress(SyntaxError):  # a pattern of `case` takes no sum, for instance
                ast.parse(source[:start] + text.encode() + source[end:])
                yield Mutation(path, part.lineno, start, end, before, text)


def find(room: str) -> list[Mutation]:
    """All changes of a room, in the order of its files and lines."""
    source = ROOT / "src"
    files = sorted((source / "opensos" / room).rglob("*.py"))
    found = (mutations(file.relative_to(source), file.read_bytes()) for file in files)
    return sorted(
        chain.from_iterable(found), key=lambda one: (one.path, one.start, one.end, one.text)
    )


class Bench:
    """A copy of src in a temporary folder, and the room's tests run against it."""

    def __init__(self, folder: Path, room: str, options: list[str]) -> None:
        self._folder, self._tests, self._options = folder, ROOT / "tests" / room, options
        shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "mutate_profile.py").write_text(PLUGIN)

    def run(self, first: Path | None, timeout: float) -> str:
        """Run the tests, those of `first` before all others: passed, failed or timed out."""
        mirror = self._tests / f"test_{first.stem.lstrip('_')}.py" if first else self._tests
        tests = [str(mirror)] if mirror.is_file() else []
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "mutate_profile", *self._options, *tests, str(self._tests)]
        road = os.pathsep.join([str(self._folder / "src"), str(self._folder)])
        # Compiled files are written by the first run only: a change must never be read from one.
        extra = {"PYTHONPATH": road} | ({"PYTHONDONTWRITEBYTECODE": "1"} if first else {})
        run = subprocess.Popen(  # noqa: S603 - our own Python, our own tests
            command,
            cwd=ROOT,
            env=os.environ | extra,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        resource.prlimit(run.pid, resource.RLIMIT_AS, (MEMORY, MEMORY))
        try:
            code = run.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            return "timed out"
        if code in {4, 5}:  # the options are wrong, or choose no test
            raise ValueError(f"pytest ran no test (exit code {code})")
        return "failed" if code else "passed"

    def try_out(self, mutation: Mutation, timeout: float) -> str:
        """Run the tests with this change, then take it back: killed, survived or timed out."""
        file = self._folder / "src" / mutation.path
        source, stat = file.read_bytes(), file.stat()
        file.write_bytes(source[: mutation.start] + mutation.text.encode() + source[mutation.end :])
        os.utime(file, (0, 0))  # unlike the time in the compiled file, which is so passed over
        outcome = self.run(mutation.path, timeout)
        file.write_bytes(source)
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return {"failed": "killed", "passed": "survived"}.get(outcome, outcome)


def try_all(benches: list[Bench], chosen: list[Mutation], timeout: float) -> dict[str, int]:
    """Try all changes, as many at once as there are benches; print those that were not killed."""
    free = benches.copy()  # its append and pop are safe between threads

    def one(mutation: Mutation) -> str:
        bench = free.pop()
        try:
            return bench.try_out(mutation, timeout)
        finally:
            free.append(bench)

    counts = {"killed": 0, "survived": 0, "timed out": 0}
    with ThreadPoolExecutor(len(benches)) as pool:
        for mutation, outcome in zip(chosen, pool.map(one, chosen), strict=True):
            counts[outcome] += 1
            if outcome != "killed":
                print(f"{outcome}: {mutation}", flush=True)
    return counts


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="How many small changes do the tests notice?")
    parser.add_argument("room", help="protocols/msd, for instance")
    parser.add_argument("--sample", type=int, help="how many changes are tried (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--jobs", type=int, default=1, help="how many test runs at once")
    parser.add_argument("--at-least", type=float, default=0.9, help="the part that must be noticed")
    parser.add_argument("--list", action="store_true", help="only print the changes")
    end = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    return parser.parse_args(sys.argv[1:end], argparse.Namespace(options=sys.argv[end + 1 :]))


def main() -> int:
    """Choose the changes, try them, say what was seen."""
    asked = arguments()
    found = find(asked.room)
    size = min(asked.sample or len(found), len(found))
    chance = random.Random(asked.seed)  # noqa: S311 - a sample, not a secret
    chosen = [found[at] for at in sorted(chance.sample(range(len(found)), size))]
    if asked.list or not chosen:
        print("\n".join([*map(str, chosen), f"{size} of {len(found)} changes"]))
        return 0 if chosen else 2
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        places = [Path(folder, str(at)) for at in range(asked.jobs)]
        benches = [Bench(place, asked.room, asked.options) for place in places]
        began = time.monotonic()
        if [bench.run(None, 600) for bench in benches] != ["passed"] * asked.jobs:
            print(f"the tests of {asked.room} fail without any change")
            return 2
        timeout = 3 * (time.monotonic() - began) + 5
        counts = try_all(benches, chosen, timeout)
    noticed = 1 - counts["survived"] / size
    said = ", ".join(f"{number} {what}" for what, number in counts.items())
    print(
        f"{asked.room}: seed {asked.seed}, {size} of {len(found)} changes: {said} ({noticed:.0%})"
    )
    return 0 if noticed >= asked.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
