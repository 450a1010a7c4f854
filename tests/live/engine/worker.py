"""The program under test: the engine with the stand-in stages. Arguments: configuration as JSON, names of stages."""

import sys

import msgspec

from runtime import log
from stream_processors import worker
from stream_processors.config import StagesConfig
from tests.live.engine.standins import STANDINS

if __name__ == "__main__":
    log.configure("stages")
    worker.run(msgspec.json.decode(sys.argv[1], type=StagesConfig), sys.argv[2:], STANDINS)
