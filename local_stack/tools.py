"""The machine's programs: where they are, which version, what is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from local_stack.config import StackConfig

JAVA_LEAST: Final = 17
POSTGRES_LEAST: Final = 15
CONTRIB: Final = ("pg_trgm", "btree_gin")
POSTGRES_FOLDERS: Final = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Fedora and its kin
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
INSTALL: Final = {
    "apt": "sudo apt-get install -y postgresql postgresql-contrib default-jre-headless maven",
    "dnf": "sudo dnf install -y postgresql-server postgresql-contrib java-21-openjdk-headless maven",
    "brew": "brew install postgresql@17 openjdk@21 maven",
}


class ToolError(Exception):
    """A program is missing or too old; the text names it and the command that installs it."""


class Found(msgspec.Struct, frozen=True):
    path: Path
    version: int  # the first number


def install_line() -> str:
    """The command that installs what is needed, for the package manager of this machine."""
    managers = {"apt": "apt-get", "dnf": "dnf", "brew": "brew"}
    here = next((name for name, program in managers.items() if shutil.which(program)), "apt")
    return INSTALL[here]


def java(config: StackConfig) -> Found:
    home = os.environ.get("JAVA_HOME")
    named = config.java or (f"{home}/bin/java" if home and Path(home, "bin/java").exists() else "java")
    path = shutil.which(named)
    found = Found(Path(path), version_of([path, "-version"])) if path else None
    if found is None or found.version < JAVA_LEAST:
        what = f"Java {found.version} is too old" if found else "Java is missing"
        raise ToolError(f"{what} (Kafka needs {JAVA_LEAST} or newer): {install_line()}")
    return found


def maven() -> Path:
    path = shutil.which("mvn")
    if path is None:
        raise ToolError(f"Maven is missing (it fetches Kafka's jars): {install_line()}")
    return Path(path)


def postgres_bin(config: StackConfig) -> Found:
    """The folder of the newest PostgreSQL of the machine."""
    found = sorted(_postgres_folders(config), key=lambda one: one.version)
    if not found or found[-1].version < POSTGRES_LEAST:
        what = f"PostgreSQL {found[-1].version} is too old" if found else "PostgreSQL is missing"
        raise ToolError(f"{what} ({POSTGRES_LEAST} or newer is needed): {install_line()}")
    missing = lacking(found[-1].path)
    if missing:
        raise ToolError(f"PostgreSQL lacks {', '.join(missing)} (its contrib package): {install_line()}")
    return found[-1]


def _postgres_folders(config: StackConfig) -> list[Found]:
    folders = [Path(config.postgres_bin)] if config.postgres_bin else []
    if not folders:
        on_path = shutil.which("initdb")
        folders = [Path(on_path).resolve().parent] if on_path else []
        folders += [path for pattern in POSTGRES_FOLDERS for path in Path("/").glob(pattern[1:])]
    programs = [folder / "postgres" for folder in folders if (folder / "postgres").exists()]
    return [Found(program.parent, version_of([str(program), "--version"])) for program in programs]


def lacking(postgres: Path) -> list[str]:
    """Extensions that the migrations need and that are not installed beside these programs."""
    if not (postgres / "pg_config").exists():
        return []  # cannot tell; the migrations will
    asked = subprocess.run([postgres / "pg_config", "--sharedir"], capture_output=True, text=True, check=True)
    folder = Path(asked.stdout.strip()) / "extension"
    return [name for name in CONTRIB if not (folder / f"{name}.control").exists()]


def secantus() -> Path:
    """The MongoDB-wire server: a program beside our Python, started and never imported."""
    path = Path(sys.executable).parent / "secantusd-py"
    found = path if path.exists() else shutil.which("secantusd-py")
    if found is None:
        raise ToolError("secantusd-py is missing: run `make install`, or give another server with --mongo URI")
    return Path(found)


def version_of(command: list[str]) -> int:
    """The first number that a program says of itself; 0 if it says none."""
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    match = re.search(r"\d+", said.stdout + said.stderr)
    return int(match.group()) if match else 0
