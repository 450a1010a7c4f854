"""The keys of version g1 never change (grouping.md 6.4)."""

from tests.stream_processors.fingerprint.golden import ANSWERS, answers, lines


def test_the_answers_are_those_that_were_written() -> None:
    found, written = lines(answers()).splitlines(), ANSWERS.read_text().splitlines()
    wrong = [(old, new) for old, new in zip(written, found, strict=True) if old != new]
    assert not wrong, wrong[0]


def test_there_are_two_hundred() -> None:
    assert len(ANSWERS.read_text().splitlines()) >= 200
