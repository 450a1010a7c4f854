"""The settings view: the compacted topic `settings` in memory, complete before anyone decides."""

import logging
import threading
import time
from types import MappingProxyType
from typing import Any, Final

import msgspec
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from domain.snapshot import Snapshot
from runtime.declared import counter, gauge
from schemas.record import Part
from schemas.setting import Setting
from schemas.settings.registry import KINDS

log = logging.getLogger(__name__)
TOPIC: Final = "settings"
_DECODER: Final = msgspec.json.Decoder(Setting)


class SettingsView:
    """A thread that follows `settings`; `snapshot` is replaced as a whole, so readers need no lock."""

    def __init__(self, brokers: str) -> None:
        self.snapshot = Snapshot()
        self.kinds: dict[str, dict[str, Part]] = {}
        self.versions: dict[str, int] = {}
        self.complete = threading.Event()
        self.stopping = threading.Event()
        self.moved = threading.Condition()
        self.consumer = Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": "gregor-settings-view",  # never committed: each process reads all
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 100,
                "log_level": 3,
            }
        )
        self.thread = threading.Thread(target=self._follow, name="settings-view", daemon=True)

    @property
    def offset(self) -> int:
        return self.snapshot.offset

    def start(self) -> None:
        self.consumer.assign([TopicPartition(TOPIC, 0, OFFSET_BEGINNING)])
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()

    def ready(self) -> bool:
        """Whether the view has reached the end of the topic once."""
        return self.complete.is_set()

    def wait(self, timeout_s: float) -> bool:
        return self.complete.wait(timeout_s)

    def wait_for(self, offset: int, timeout_s: float) -> bool:
        """Until the view holds the setting at `offset`."""
        until = time.monotonic() + timeout_s
        with self.moved:
            while self.snapshot.offset < offset:
                left = until - time.monotonic()
                if left <= 0 or not self.moved.wait(left):
                    return self.snapshot.offset >= offset
        return True

    def _follow(self) -> None:
        while not self.stopping.is_set():
            batch = self.consumer.consume(500, timeout=0.1)
            if batch:
                self._take(batch)
        self.consumer.close()

    def _take(self, batch: list[Message]) -> None:
        offset, touched, ended = self.snapshot.offset, set[str](), False
        for message in batch:
            error = message.error()
            if error is None:
                touched.add(self._fold(message))
                offset = message.offset() or 0
            elif error.code() == KafkaError._PARTITION_EOF:
                ended = True
            else:
                log.warning("settings cannot be read", extra={"fields": {"code": error.name()}})
        if touched:
            self._show(touched, offset)
        if ended:
            self.complete.set()

    def _fold(self, message: Message) -> str:
        setting_id = (message.key() or b"").decode()
        kind, _, key = setting_id.partition(":")
        values = self.kinds.setdefault(kind, {})
        values.pop(key, None)
        self.versions.pop(setting_id, None)
        raw = message.value()
        if raw is not None:
            self._put(kind, key, raw)
        return kind

    def _put(self, kind: str, key: str, raw: bytes) -> None:
        if kind not in KINDS:
            return
        try:
            setting = _DECODER.decode(raw)
            value: Any = msgspec.json.decode(setting.value, type=KINDS[kind])
        except (msgspec.DecodeError, UnicodeDecodeError):
            counter("gregor_settings_refused_total").inc()
            log.exception("a setting is not readable", extra={"fields": {"setting": f"{kind}:{key}"}})
            return
        self.kinds[kind][key] = value
        self.versions[f"{kind}:{key}"] = setting.version

    def _show(self, touched: set[str], offset: int) -> None:
        kinds = dict(self.snapshot.kinds)
        kinds |= {kind: MappingProxyType(dict(self.kinds[kind])) for kind in touched}
        with self.moved:
            self.snapshot = Snapshot(kinds=kinds, versions=dict(self.versions), offset=offset)
            self.moved.notify_all()
        gauge("gregor_settings_offset").set(offset)
