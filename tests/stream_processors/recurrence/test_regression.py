"""Every row of the table in alerting.md 2.3."""

from typing import Any

import pytest

from schemas.commands import ResolveHow
from schemas.issue_changed import Resolution
from stream_processors.recurrence.regression import Counts, Judgement, Reopens, judge
from tests.builders import AT, an_occurrence
from tests.domain.test_releases import LINE

NOW, NEXT, RELEASE, COMMIT = ResolveHow.NOW, ResolveHow.NEXT_RELEASE, ResolveHow.RELEASE, ResolveHow.COMMIT


def judged(how: ResolveHow, resolution: dict[str, Any], occurrence: dict[str, Any], unknown: str) -> Judgement:
    old = Resolution(how=how, by="person:ana", at=AT, **resolution)
    return judge(old, an_occurrence(**({"occurred_at": AT + 1} | occurrence)), LINE, unknown)


@pytest.mark.parametrize(
    ("how", "resolution", "occurrence", "found"),
    [
        pytest.param(NOW, {}, {"occurred_at": AT - 1}, Counts("late"), id="now, a millisecond before"),
        pytest.param(NOW, {}, {"occurred_at": AT}, Counts("late"), id="now, at the same instant"),
        pytest.param(NOW, {}, {"occurred_at": AT + 1}, Reopens("resolved_now"), id="now, a millisecond later"),
        pytest.param(
            NEXT,
            {"latest": "shop@1.1.0"},
            {"release": "shop@2.0.0"},
            Reopens("release_after"),
            id="next release, a later one",
        ),
        pytest.param(
            NEXT,
            {"latest": "shop@1.1.0"},
            {"release": "shop@1.1.0"},
            Counts("older_release"),
            id="next release, the same",
        ),
        pytest.param(
            NEXT,
            {"latest": "shop@1.1.0"},
            {"release": "shop@1.0.0"},
            Counts("older_release"),
            id="next release, one before",
        ),
        pytest.param(
            RELEASE, {"value": "shop@1.1.0"}, {"release": "shop@1.1.0"}, Reopens("release_same"), id="release R, in R"
        ),
        pytest.param(
            RELEASE,
            {"value": "shop@1.1.0"},
            {"release": "shop@2.0.0"},
            Reopens("release_after"),
            id="release R, after R",
        ),
        pytest.param(
            RELEASE, {"value": "shop@2.0.0"}, {"release": "shop@1.1.0"}, Counts("older_release"), id="release R, before"
        ),
        pytest.param(
            RELEASE,
            {"value": "shop@2.0.0"},
            {"release": "shop@1.1.1"},
            Counts("older_release"),
            id="release R, a later hotfix that lacks R",
        ),
        pytest.param(
            COMMIT,
            {"value": "bbbbbbbbbbbb"},
            {"release": "shop@2.0.0"},
            Reopens("fix_contained"),
            id="commit C, the release has it",
        ),
        pytest.param(
            COMMIT,
            {"value": "bbbbbbbbbbbb"},
            {"release": "shop@1.0.0"},
            Counts("fix_not_contained"),
            id="commit C, the release lacks it",
        ),
        pytest.param(
            COMMIT,
            {"value": "bbbbbbbbbbbb"},
            {"release": "other-7"},
            Counts("lineage_unknown"),
            id="commit C, nobody knows",
        ),
        pytest.param(
            COMMIT, {"value": "bbbbbbbbbbbb"}, {"release": ""}, Reopens("release_unknown"), id="commit C, no release"
        ),
        pytest.param(
            NEXT,
            {"latest": "shop@1.1.0"},
            {"release": "4f2a9"},
            Reopens("release_unknown"),
            id="order unknown: reopens",
        ),
        pytest.param(
            RELEASE, {"value": "shop@1.1.0"}, {"release": ""}, Reopens("release_unknown"), id="no release: reopens"
        ),
        pytest.param(
            RELEASE,
            {"value": "shop@1.1.0"},
            {"release": "", "occurred_at": AT},
            Counts("late"),
            id="order unknown and late: never",
        ),
        pytest.param(NOW, {}, {"weak": True}, Counts("weak_key"), id="a weak key never reopens"),
    ],
)
def test_judge(how: ResolveHow, resolution: dict[str, Any], occurrence: dict[str, Any], found: Judgement) -> None:
    assert judged(how, resolution, occurrence, "reopen") == found


def test_a_project_may_count_unknown_releases_only() -> None:
    assert judged(NEXT, {"latest": "shop@1.1.0"}, {"release": ""}, "count") == Counts("release_unknown")


def test_an_undeclared_release_is_never_the_latest() -> None:
    """A client that reports 999.9.9 does not move what `next release` means."""
    found = judged(NEXT, {"latest": "shop@1.1.0"}, {"release": "shop@2.0.0"}, "count")
    assert found == Reopens("release_after")
