"""The program under test: the engine with the stand-in stages. Arguments: configuration as JSON, names of stages."""

import sys

import msgspec

from runtime import log
from stream_processors import run
from stream_processors.config import StagesConfig
from tests.live.engine.standins import STANDINS

if __name__ == "__main__":
    log.configure("stages")
    config = msgspec.json.decode(sys.argv[1], type=StagesConfig)
    run.run(config, [stage for stage in STANDINS if stage.name in sys.argv[2:]])
