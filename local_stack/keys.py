"""Secrets of the local stack: files of mode 0600, made by the first start, never printed."""

import base64
import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

PASSWORD_FILE: Final = "admin_password"  # noqa: S105 the name of a file
UNTOLD: Final = "admin_password_untold"  # there until a start has told it
ROLES: Final = (
    "gregor_owner",
    "gregor_sink",
    "gregor_notifier",
    "gregor_api",
    "gregor_jobs",
    "gregor_gateway",
    "gregor_reader",
)


class Keys:
    """Reads a secret, or makes it the first time it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def master_key(self) -> str:
        return self.kept("master_key", base64.b64encode(secrets.token_bytes(32)).decode())

    def password(self, role: str) -> str:
        return self.kept(f"{role}_password", secrets.token_urlsafe(24))

    def kept(self, name: str, fresh: str) -> str:
        """The text in the file `name`; `fresh` is written first if there is none."""
        with contextlib.suppress(FileExistsError):
            self._write(name, fresh)
        return (self.folder / name).read_text().strip()

    def find(self, name: str) -> str | None:
        path = self.folder / name
        return path.read_text().strip() if path.exists() else None

    def forget(self, name: str) -> bool:
        """True if it was there."""
        there = (self.folder / name).exists()
        (self.folder / name).unlink(missing_ok=True)
        return there

    def replace(self, name: str, text: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self._write(name, text)

    def _write(self, name: str, text: str) -> None:
        """The name appears with its whole content or not at all; FileExistsError if it is there."""
        half = self.folder / f".{name}.{os.getpid()}"
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
        try:
            (self.folder / name).hardlink_to(half)
        finally:
            half.unlink()


def open_to_others(folder: Path) -> list[Path]:
    """Secret files that somebody else may read."""
    return [path for path in sorted(folder.glob("*")) if path.stat().st_mode & 0o077]
