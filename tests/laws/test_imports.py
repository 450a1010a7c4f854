"""Who may import whom, and that nobody hides it."""

from pathlib import Path

import pytest

from tests.laws.tree import EDGES, MAY_IMPORT, SERVICES, imports, is_edge, is_pure, modules, room_of, shown

PURE_MAY_IMPORT = {
    "base64",
    "binascii",
    "bisect",
    "brotli",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "email",
    "enum",
    "functools",
    "gzip",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "ipaddress",
    "itertools",
    "jinja2",
    "json",
    "litestar",
    "math",
    "msgspec",
    "opentelemetry",
    "google",
    "operator",
    "re2",
    "shlex",
    "string",
    "struct",
    "textwrap",
    "types",
    "typing",
    "unicodedata",
    "urllib",
    "zlib",
    "zoneinfo",
    "zstandard",
}


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_a_room_imports_only_what_stands_before_it(path: Path) -> None:
    tops = {name.split(".")[0] for _, name in imports(path)}
    assert tops & MAY_IMPORT.keys() <= MAY_IMPORT[room_of(path)]
    assert "tests" not in tops


@pytest.mark.parametrize("path", modules(), ids=shown)
def test_imports_stand_at_the_top_and_are_absolute(path: Path) -> None:
    for node, name in imports(path):
        assert not name.startswith("."), f"line {node.lineno}: relative"
        assert node.col_offset == 0 or room_of(path) == "cli", f"line {node.lineno}: inside a function"


@pytest.mark.parametrize("path", [path for path in modules() if is_pure(path)], ids=shown)
def test_a_pure_file_imports_no_driver_and_no_edge(path: Path) -> None:
    names = [name for _, name in imports(path)]
    outside = {name.split(".")[0] for name in names} - MAY_IMPORT.keys()
    assert outside <= PURE_MAY_IMPORT
    if room_of(path) in SERVICES:
        ours = [name for name in names if name.split(".")[0] in MAY_IMPORT]
        assert not {"runtime", "topics"} & {name.split(".")[0] for name in ours}
        assert not EDGES & {part for name in ours for part in name.split(".")[:-1]}


@pytest.mark.parametrize("path", modules(*SERVICES), ids=shown)
def test_nothing_in_a_service_imports_an_entry_point(path: Path) -> None:
    if is_edge(path):
        modules_named = {
            part for _, name in imports(path) if name.split(".")[0] in SERVICES for part in name.split(".")[1:2]
        }
        assert not {"app", "worker", "__main__"} & modules_named


def test_packages_have_empty_init_files() -> None:
    full = [shown(path) for path in modules() if path.name == "__init__.py" and path.read_text().strip()]
    assert full == []


def test_there_are_no_import_loops() -> None:
    graph: dict[str, set[str]] = {}
    for path in modules():
        here = shown(path)[:-3].replace("/", ".")
        graph[here] = {name.rpartition(".")[0] for _, name in imports(path)} | {name for _, name in imports(path)}
    names = set(graph)
    graph = {here: there & names - {here} for here, there in graph.items()}
    while leaves := {here for here, there in graph.items() if not there}:
        graph = {here: there - leaves for here, there in graph.items() if here not in leaves}
    assert graph == {}
