"""The vendored web parts are exactly those that VENDOR.toml names, each with its licence."""

from __future__ import annotations

import hashlib
import tomllib
from typing import Any

from tests.shared import ROOT

VENDOR = ROOT / "src/opensos/edges/web/vendor"
DESCRIPTIONS = {"VENDOR.toml", "LICENSES.md"}


def packages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["package"]
    return found


def test_every_vendored_file_has_the_hash_that_vendor_toml_names() -> None:
    named = {path: digest for package in packages() for path, digest in package["sha256"].items()}
    actual = {path: hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() for path in named}
    assert actual == named


def test_there_is_no_vendored_file_that_vendor_toml_does_not_name() -> None:
    named = {path for package in packages() for path in package["sha256"]}
    present = {p.relative_to(VENDOR).as_posix() for p in VENDOR.rglob("*") if p.is_file()}
    assert present - DESCRIPTIONS == named


def test_every_package_has_its_licence_text() -> None:
    licences = (VENDOR / "LICENSES.md").read_text()
    for package in packages():
        assert package["licence"]
        assert f"{package['version']}" in licences


def test_no_vendored_module_imports_by_a_bare_name() -> None:
    for module in VENDOR.rglob("*.js"):
        text = module.read_text()
        for part in text.split('from"')[1:] + text.split('import"')[1:]:
            assert part.startswith((".", "/")), f"{module}: {part[:40]}"
