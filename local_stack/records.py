"""What a running stack writes about itself into `run/`, for status, tests and the command line."""

import contextlib
import errno
from pathlib import Path

import msgspec


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """`run/started.json`: what a person needs. The password stands in `secrets/` only."""

    gateway_url: str
    api_url: str
    dsn: str
    project_id: int
    key: str
    login: str
    seconds: float
    timings: dict[str, float] = {}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One program in `run/status.json`."""

    name: str
    kind: str
    pid: int = 0  # 0: it does not run
    ports: tuple[int, ...] = ()
    restarts: int = 0
    last_exit: int | None = None
    held: bool = False


def write(path: Path, record: msgspec.Struct | list[Seen]) -> str | None:
    """Replace the file as a whole; a full disk is an answer, not a crash."""
    half = path.with_suffix(".new")
    try:
        half.write_bytes(msgspec.json.encode(record))
        half.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
        return "the disk is full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else str(error)
    return None


def started(run: Path) -> Started | None:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((run / "started.json").read_bytes(), type=Started)
    return None


def seen(run: Path) -> list[Seen]:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((run / "status.json").read_bytes(), type=list[Seen])
    return []
