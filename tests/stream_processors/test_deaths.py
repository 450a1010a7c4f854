"""Three deaths in a row at one record condemn it."""

import pytest

from stream_processors.deaths import CONDEMNED_KEPT, Deaths, Place, died, survived

HERE: Place = ("issue-events", 2, 7341, 40)
THERE: Place = ("issue-events", 2, 7341, 41)


@pytest.mark.parametrize(
    ("places", "after"),
    [
        pytest.param([HERE], Deaths(HERE, 1), id="one death is an accident"),
        pytest.param([HERE, HERE], Deaths(HERE, 2), id="two are suspicious"),
        pytest.param([HERE, HERE, HERE], Deaths(condemned=(HERE,)), id="three condemn"),
        pytest.param([HERE, HERE, THERE], Deaths(THERE, 1), id="another place starts anew"),
        pytest.param([HERE, HERE, None], Deaths(HERE, 2), id="a death outside a decision does not count"),
        pytest.param([HERE] * 3 + [THERE] * 3, Deaths(condemned=(HERE, THERE)), id="several may be condemned"),
    ],
)
def test_died(places: list[Place | None], after: Deaths) -> None:
    deaths = Deaths()
    for place in places:
        deaths = died(deaths, place)
    assert deaths == after


def test_a_record_that_came_through_is_not_to_blame() -> None:
    assert died(survived(died(died(Deaths(), HERE), HERE)), HERE) == Deaths(HERE, 1)


def test_surviving_frees_nobody_who_is_condemned() -> None:
    assert survived(Deaths(HERE, 2, (THERE,))) == Deaths(condemned=(THERE,))


def test_the_oldest_condemned_are_forgotten() -> None:
    deaths = Deaths()
    for offset in range(CONDEMNED_KEPT + 1):
        for _ in range(3):
            deaths = died(deaths, ("ticks", 0, 1, offset))
    assert [place[3] for place in deaths.condemned] == list(range(1, CONDEMNED_KEPT + 1))
