"""Which commands there are: files beside `main.py` with a `COMMAND`. Only the one that is run is imported."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.frame.command import Command

FOLDER: Final = Path(__file__).parents[1]
MARK: Final = "\nCOMMAND = Command("
ORDER: Final = ("up", "down", "status", "demo", "mail", "issues", "explain", "send-event", "doctor", "run")


def names(folder: Path = FOLDER) -> list[str]:
    """The usual ones first, the rest by name."""
    files = {path.stem.replace("_", "-") for path in folder.glob("*.py") if MARK in path.read_text()}
    return [name for name in ORDER if name in files] + sorted(files - set(ORDER))


def command(name: str) -> Command:
    module = importlib.import_module(f"cli.{name.replace('-', '_')}")
    found: Command = module.COMMAND
    return found


def overview(commands: Sequence[str]) -> str:
    """One line per command."""
    width = max(map(len, commands))
    return "\n".join(f"  {name:<{width}}  {command(name).summary}" for name in commands)
