"""Who may send, as the settings show it now; remembered on disk for a start while Kafka is away."""

import logging
from contextlib import suppress
from pathlib import Path

from ingest_gateway import remembered
from ingest_gateway.directory import Directory, Maker
from runtime.secrets import SecretError, master, unseal
from runtime.settings import SettingsView

log = logging.getLogger(__name__)


class Register:
    """`memory`: where the last settings are kept; None: nowhere."""

    def __init__(self, view: SettingsView, master_key: str, memory: Path | None = None) -> None:
        self.view, self.memory = view, memory
        self.master = master(master_key)
        self.maker = Maker(self.salt)
        self.made: Directory | None = None

    def directory(self) -> Directory | None:
        """Made anew whenever the view shows another snapshot.

        Until the topic was read to its end: what was remembered on disk; None without that.
        """
        if self.view.ready() and (self.made is None or self.made.snapshot is not self.view.snapshot):
            self.made = self.maker.make(self.view.snapshot)
            self.remember(self.made)
        return self.made

    def recall(self) -> None:
        if self.memory is not None and self.memory.exists():
            snapshot = remembered.read(self.memory.read_bytes())
            self.made = None if snapshot is None else self.maker.make(snapshot)

    def remember(self, made: Directory) -> None:
        """Whole or not at all: written beside, then renamed."""
        if self.memory is not None:
            beside = self.memory.with_suffix(".new")
            with suppress(OSError):  # a full disk must not keep events out
                beside.write_bytes(remembered.written(made.snapshot))
                beside.replace(self.memory)

    def salt(self, setting_id: str, sealed: str) -> bytes:
        """Empty when it does not open: then users are not counted, but events still come in."""
        try:
            return bytes.fromhex(unseal(self.master, setting_id, sealed))
        except (SecretError, ValueError):
            log.error("the user salt of a project does not open", extra={"fields": {"setting": setting_id}})
            return b""
