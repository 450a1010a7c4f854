"""One event that says: finish what you hold, then leave."""

import signal
import threading
from types import FrameType


def stop_event() -> threading.Event:
    """Set by SIGTERM or SIGINT. Call in the main thread."""
    event = threading.Event()

    def ask(signum: int, frame: FrameType | None) -> None:
        event.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    return event
