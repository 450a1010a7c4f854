"""What other rules would do: splits, merges, moves (grouping.md 6.3)."""

import pytest

from stream_processors.fingerprint.compare import Attach, Part, Placed, compare, difference
from stream_processors.fingerprint.prints import Why


def events(*issues: str) -> list[Placed]:
    return [
        Placed(f"e{number}", issue, (f"key-{issue}",), Why(v="g1", anchor=issue)) for number, issue in enumerate(issues)
    ]


@pytest.mark.parametrize(
    ("before", "after", "splits", "merges", "moves", "same"),
    [
        pytest.param("aab", "aab", [], [], [], 2, id="nothing changes"),
        pytest.param("aaa", "aab", [("a", [("a", 2), ("b", 1)])], [], [], 0, id="an issue splits"),
        pytest.param("aab", "aaa", [], [("a", [("a", 2), ("b", 1)])], [], 0, id="two issues meet"),
        pytest.param("aab", "ccb", [], [], [("a", [("c", 2)])], 1, id="an issue moves as a whole"),
        pytest.param(
            "aabb",
            "acca",
            [("a", [("a", 1), ("c", 1)]), ("b", [("c", 1), ("a", 1)])],
            [("a", [("a", 1), ("b", 1)]), ("c", [("a", 1), ("b", 1)])],
            [],
            0,
            id="two issues change partners",
        ),
    ],
)
def test_compare(before: str, after: str, splits: object, merges: object, moves: object, same: int) -> None:
    found = compare(events(*before), events(*after))
    shown = [
        [(row.issue, [(part.issue, part.events) for part in row.parts]) for row in rows]
        for rows in (found.splits, found.merges, found.moves)
    ]
    assert [*shown, found.issues_unchanged] == [splits, merges, moves, same]
    assert found.is_empty == (not (splits or merges or moves))


def test_new_keys_are_attached_to_the_issue_that_owned_most_events() -> None:
    found = compare(events("a", "a", "b"), events("c", "c", "c"))
    assert found.attach == (Attach("key-c", "a"),)


def test_a_tie_goes_to_the_older_issue() -> None:
    found = compare(events("b", "a"), events("c", "c"))
    assert found.attach == (Attach("key-c", "b"),)


def test_a_row_names_events_and_what_differs() -> None:
    (row,) = compare(events("a", "a", "a"), events("a", "b", "b")).splits
    assert (row.parts, row.samples, row.because) == ((Part("b", 2), Part("a", 1)), ("e0", "e1"), "anchor: a -> b")


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (Why(v="g1", message="a"), Why(v="g1", message="a"), ""),
        (Why(v="g1", message="a"), Why(v="g1", message="b"), "message: a -> b"),
        (Why(v="g1"), Why(v="g1", custom=("x", "y"), rule="r1"), "rule: nothing -> r1"),
        (Why(v="g1", helpers=("h",)), Why(v="g1"), "helpers: h -> nothing"),
    ],
)
def test_difference(one: Why, other: Why, said: str) -> None:
    assert difference(one, other) == said
