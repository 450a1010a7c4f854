"""Pure files read no clock and no dice, do no I/O, log nothing, and match by RE2 only."""

import ast
from pathlib import Path

import pytest

from tests.laws.tree import SERVICES, is_pure, modules, room_of, shown, tree

CLOCK_CALLS = {"now", "today", "utcnow", "time", "time_ns", "monotonic", "perf_counter"}
REFUSED_MODULES = {
    "time",
    "random",
    "secrets",
    "os",
    "logging",
    "socket",
    "subprocess",
    "threading",
    "asyncio",
    "re",
    "pathlib",
}
REFUSED_CALLS = {"open", "print", "input", "eval", "exec"}
PURE = [path for path in modules() if is_pure(path)]


def calls(path: Path) -> set[str]:
    """Names called as functions, and attributes called as methods."""
    found = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    plain = {node.id for node in found if isinstance(node, ast.Name)}
    return plain | {f".{node.attr}" for node in found if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("path", PURE, ids=shown)
def test_a_pure_file_has_no_clock_no_dice_no_io(path: Path) -> None:
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    imported |= {
        node.module.split(".")[0] for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom) and node.module
    }
    assert not imported & REFUSED_MODULES
    assert not {f".{name}" for name in CLOCK_CALLS} & calls(path)
    assert not REFUSED_CALLS & calls(path)


@pytest.mark.parametrize("path", PURE, ids=shown)
def test_a_pure_file_knows_its_types(path: Path) -> None:
    names = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    assert "Any" not in names


@pytest.mark.parametrize("path", [path for path in modules(*SERVICES) if not is_pure(path)], ids=shown)
def test_no_expression_of_the_standard_library_meets_event_text(path: Path) -> None:
    imported = {alias.name for node in ast.walk(tree(path)) if isinstance(node, ast.Import) for alias in node.names}
    assert "re" not in imported


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_sql_is_never_formatted(path: Path) -> None:
    verbs = ("select ", "insert into ", "update ", "delete from ")
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.JoinedStr):
            start = node.values[0].value if node.values and isinstance(node.values[0], ast.Constant) else ""
            assert not str(start).lower().startswith(verbs), f"line {node.lineno}"


def test_the_law_sees_pure_files() -> None:
    assert {room_of(path) for path in PURE} >= {"schemas", "domain", "stream_processors"}
