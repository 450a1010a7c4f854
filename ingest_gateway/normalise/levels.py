"""Levels of every logging library as the five of ours."""

from typing import Final

from ingest_gateway.normalise.text import Json
from schemas.kinds import Level

WORDS: Final = {
    "trace": Level.DEBUG,
    "verbose": Level.DEBUG,
    "debug": Level.DEBUG,
    "log": Level.INFO,
    "info": Level.INFO,
    "information": Level.INFO,
    "notice": Level.INFO,
    "success": Level.INFO,
    "warn": Level.WARNING,
    "warning": Level.WARNING,
    "err": Level.ERROR,
    "error": Level.ERROR,
    "exception": Level.ERROR,
    "severe": Level.ERROR,
    "critical": Level.FATAL,
    "crit": Level.FATAL,
    "alert": Level.FATAL,
    "emerg": Level.FATAL,
    "emergency": Level.FATAL,
    "panic": Level.FATAL,
    "fatal": Level.FATAL,
}
STEPS: Final = ((20, Level.DEBUG), (30, Level.INFO), (40, Level.WARNING), (50, Level.ERROR))


def level(value: Json, default: Level = Level.ERROR) -> Level:
    """By word, or by the numbers 10 to 50 of Python's logging; unknown is `default`."""
    if isinstance(value, str):
        if value in WORDS:
            return WORDS[value]
        word = value.strip().lower()
        if word.isdecimal() and len(word) < 10:
            return _numbered(int(word), default)
        return WORDS.get(word, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return _numbered(value, default)


def _numbered(value: int | float, default: Level) -> Level:
    if not value >= 10:
        return default
    for below, found in STEPS:
        if value < below:
            return found
    return Level.FATAL
