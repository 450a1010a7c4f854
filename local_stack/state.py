"""The state folder: what lies where, who may enter, how it is wiped."""

import getpass
import os
import shutil
from pathlib import Path
from typing import Final

from local_stack.config import StackConfig

PARTS: Final = ("kafka", "postgres", "mongo", "mail", "spool", "stages", "logs", "run", "secrets")
MIB: Final = 1 << 20
ROOM_BYTES: Final = 512 * MIB  # a start needs this much: PostgreSQL and Kafka keep journals


class StateError(Exception):
    """The state folder cannot be used; the text says why and what to do."""


def as_root() -> bool:
    return os.geteuid() == 0


def state_folder(config: StackConfig) -> Path:
    if config.state:
        return Path(config.state).expanduser().absolute()
    return Path("/var/lib/gregor") if as_root() else Path.home() / ".local/state/gregor"


def cache_folder(config: StackConfig) -> Path:
    if config.cache:
        return Path(config.cache).expanduser().absolute()
    return Path("/var/cache/gregor") if as_root() else Path.home() / ".cache/gregor"


def prepare(state: Path) -> None:
    """Make the folders that are missing. Others may pass through the folder, they may look into nothing."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o711)
        for part in PARTS:
            (state / part).mkdir(exist_ok=True)
            (state / part).chmod(0o700)
    except PermissionError as error:
        raise StateError(
            f"{getpass.getuser()} may not write to {state}; set GREGOR_STATE to a folder of yours"
        ) from error
    except OSError as error:
        raise StateError(f"the state folder {state} cannot be made: {error.strerror}") from error


def room_wrong(state: Path, needed_bytes: int = ROOM_BYTES) -> str | None:
    """What is wrong with the disk under `state` (or its nearest folder that exists), or None."""
    there = next(folder for folder in (state, *state.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free >= needed_bytes:
        return None
    return f"the disk of {there} is full: {free // MIB} MiB free, {needed_bytes // MIB} MiB are needed"


def closed_to(state: Path) -> Path | None:
    """The first folder on the way to `state` that other users may not enter, or None."""
    way = [*reversed(state.parents), state]
    return next((folder for folder in way if folder.exists() and not folder.stat().st_mode & 0o001), None)


def wipe(state: Path) -> None:
    """Remove what the stack made, nothing else that may lie in the folder."""
    for part in PARTS:
        shutil.rmtree(state / part, ignore_errors=True)
    if state.is_dir() and not any(state.iterdir()):
        state.rmdir()
