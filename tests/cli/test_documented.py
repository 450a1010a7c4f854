"""Commands in the guides exist and take what the guides give them."""

import re
import shlex
from pathlib import Path

import pytest

from cli.frame import registry
from cli.main import parser_of

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
TYPED = re.compile(r"(?:\.venv/bin/)?gregor (.*)", re.DOTALL)
INLINE = re.compile(r"`(?:\.venv/bin/)?gregor ([^`]+)`")
PLACEHOLDER = re.compile(r"[A-Z]{4,}|[\[|…(]")


def whole(lines: list[str]) -> list[str]:
    """Commands as the shell reads them: a quote or a backslash at the end goes on in the next line."""
    found, open_line = [], ""
    for line in lines:
        open_line = f"{open_line}\n{line}" if open_line else line.strip()
        if open_line.endswith("\\"):
            open_line = open_line[:-1]
            continue
        try:
            shlex.split(open_line, comments=True)
        except ValueError:
            continue
        found.append(open_line)
        open_line = ""
    return found


def typed() -> list[tuple[str, str]]:
    """(page, command line without `gregor`) of every shell block, and inline where no placeholder stands."""
    found = []
    for page in PAGES:
        text = page.read_text()
        lines = [line for block in BLOCK.findall(text) for line in whole(block.splitlines())]
        commands = [match[1] for line in lines if (match := TYPED.match(line))]
        commands += [line for line in INLINE.findall(text) if not PLACEHOLDER.search(line)]
        found += [(page.name, command) for command in dict.fromkeys(commands)]
    return found


@pytest.mark.parametrize(("page", "line"), typed())
def test_a_documented_command_parses(page: str, line: str) -> None:
    """A name alone, as in "see `gregor explain`", is only looked up."""
    name, *words = shlex.split(line, comments=True)
    assert name in registry.names(), f"{page}: gregor {line}"
    if not words:
        return
    try:
        parser_of(name, registry.command(name)).parse_args(words)
    except SystemExit as wrong:
        raise AssertionError(f"{page}: gregor {line} is wrong usage") from wrong


def test_make_targets_named_in_the_guides_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for page in PAGES for target in re.findall(r"`?make ([a-z-]+)", page.read_text())}
    assert named <= targets


def test_there_are_commands_to_look_at() -> None:
    assert len(typed()) > 20
