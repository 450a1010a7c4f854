"""`gregor run stages|fingerprint|recurrence|escalation`."""

from collections.abc import Sequence

from stream_processors import run as engine
from stream_processors.config import StagesConfig
from stream_processors.topology import STAGES


def run(config: StagesConfig, names: Sequence[str] = ()) -> None:
    """Run the stages called `names` (none: all) in this process until SIGTERM."""
    known = {stage.name: stage for stage in STAGES}
    engine.run(config, [known[name] for name in names or known])
