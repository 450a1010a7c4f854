"""The pipeline as data: one input log per stage."""

from typing import Final

from stream_processors.escalation import decide as escalation
from stream_processors.fingerprint import decide as fingerprint
from stream_processors.recurrence import decide as recurrence
from stream_processors.stage import Stage

STAGES: Final[tuple[Stage, ...]] = (fingerprint.STAGE, recurrence.STAGE, escalation.STAGE)
