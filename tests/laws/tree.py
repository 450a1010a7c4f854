"""The source tree as the laws see it: rooms, files, edges."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SERVICES = ("ingest_gateway", "stream_processors", "storage_sink", "notifier", "query_api")
CONTRACTS = {"schemas", "domain"}
SHARED = CONTRACTS | {"topics", "runtime"}
MAY_IMPORT: dict[str, set[str]] = {
    "schemas": {"schemas"},
    "domain": CONTRACTS,
    "topics": CONTRACTS | {"topics"},
    "runtime": SHARED,
    **{room: SHARED | {room} for room in SERVICES},
    "local_stack": SHARED | set(SERVICES) | {"local_stack"},
    "cli": SHARED | set(SERVICES) | {"local_stack", "cli"},
}
EDGES = {
    "__main__",
    "app",
    "protocol",
    "publish",
    "spool",
    "drain",
    "intake",
    "worker",
    "tables",
    "ticker",
    "engine_patches",
    "postgres",
    "mongo",
    "send",
    "ledger",
    "guard",
    "queries",
    "live",
    "login",
    "run",
    "archive",
    "listener",
    "relay",
    "smtp",
    "bootstrap",
    "migrate",
}


def rooms() -> list[str]:
    return [room for room in MAY_IMPORT if (ROOT / room).is_dir()]


def modules(*names: str) -> list[Path]:
    """Python files of the named rooms, all rooms by default."""
    return sorted(path for room in names or rooms() for path in (ROOT / room).rglob("*.py"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def is_edge(path: Path) -> bool:
    """An edge file, or any file in a folder that carries an edge's name."""
    inside = path.relative_to(ROOT).with_suffix("").parts[1:]
    return bool(EDGES.intersection(inside))


def is_pure(path: Path) -> bool:
    """Records and shared decisions, and what decides inside a service."""
    room = room_of(path)
    if room == "domain" or (room == "schemas" and path.stem != "generate"):
        return True
    return room in SERVICES and not is_edge(path)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[tuple[ast.Import | ast.ImportFrom, str]]:
    """Each imported name with its node; a relative import begins with a dot."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            yield from ((node, f"{prefix}.{alias.name}") for alias in node.names)
