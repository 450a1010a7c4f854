"""Which release came first: lineage before ordinals before version strings."""

import pytest

from domain.releases import Order, contains, latest, order, package_of
from schemas.settings.project import ReleaseSettings


def a_release(version: str, ordinal: int, parent: str = "", commits: tuple[str, ...] = ()) -> ReleaseSettings:
    return ReleaseSettings(
        project_id=1, version=version, ordinal=ordinal, declared_at=ordinal, parent=parent, commits=commits
    )


LINE = {
    release.version: release
    for release in (
        a_release("shop@1.0.0", 1, commits=("aaaaaaaaaaaa",)),
        a_release("shop@1.1.0", 2, "shop@1.0.0", ("bbbbbbbbbbbb",)),
        a_release("shop@2.0.0", 3, "shop@1.1.0", ("cccccccccccc",)),
        a_release("shop@1.1.1", 4, "shop@1.1.0", ("dddddddddddd",)),  # a hotfix made after 2.0.0
        a_release("other-7", 7),
        a_release("other-9", 9),
        a_release("orphan", 10, "never-declared", ("eeeeeeeeeeee",)),
        a_release("bare", 11),
    )
}


@pytest.mark.parametrize(
    ("release", "other", "found"),
    [
        pytest.param("shop@2.0.0", "shop@1.0.0", Order.AFTER, id="what contains the other comes after it"),
        pytest.param("shop@1.0.0", "shop@2.0.0", Order.BEFORE, id="what is contained comes before"),
        pytest.param("shop@1.1.0", "shop@1.1.0", Order.SAME, id="a release is the same as itself"),
        pytest.param("x", "x", Order.SAME, id="also when nobody declared it"),
        pytest.param(
            "shop@1.1.1", "shop@2.0.0", Order.BEFORE, id="a later hotfix of an older line lacks the newer one"
        ),
        pytest.param("shop@2.0.0", "shop@1.1.1", Order.BEFORE, id="and the newer one lacks the hotfix"),
        pytest.param("other-9", "other-7", Order.AFTER, id="without lineage the ordinal decides"),
        pytest.param("other-7", "other-9", Order.BEFORE, id="in both directions"),
        pytest.param("web@2.0.0", "web@1.9.9", Order.AFTER, id="undeclared: semantic versions of one package"),
        pytest.param("web@2.0.0", "app@1.0.0", Order.UNKNOWN, id="not of two packages"),
        pytest.param("2.0.0-rc.1", "2.0.0", Order.BEFORE, id="a pre-release comes before its release"),
        pytest.param("2.0.0-rc.2", "2.0.0-rc.10", Order.BEFORE, id="numbers of a pre-release compare as numbers"),
        pytest.param("2.0.0-1", "2.0.0-beta", Order.BEFORE, id="numbers before words"),
        pytest.param("2.0.0-rc", "2.0.0-rc.1", Order.BEFORE, id="fewer identifiers first"),
        pytest.param("2.0.0+a", "2.0.0+b", Order.SAME, id="build metadata does not count"),
        pytest.param("v1.2", "1.3.0", Order.BEFORE, id="a leading v and a missing patch are read"),
        pytest.param("4f2a9", "81c3e", Order.UNKNOWN, id="hashes say nothing"),
        pytest.param("shop@9.9.9", "shop@2.0.0", Order.AFTER, id="one undeclared: by version"),
        pytest.param("", "1.0.0", Order.UNKNOWN, id="no release says nothing"),
        pytest.param("1.0.0", "", Order.UNKNOWN, id="nor against none"),
    ],
)
def test_order(release: str, other: str, found: Order) -> None:
    assert order(release, other, LINE) is found


@pytest.mark.parametrize(
    ("release", "commit", "found"),
    [
        pytest.param("shop@2.0.0", "cccccccccccc", True, id="its own commit"),
        pytest.param("shop@2.0.0", "aaaaaaaaaaaa", True, id="one of a release before it"),
        pytest.param("shop@2.0.0", "AAAAAAAAAAAA9999", True, id="longer hashes are cut, case does not matter"),
        pytest.param("shop@2.0.0", "dddddddddddd", False, id="one of another line"),
        pytest.param("shop@1.0.0", "cccccccccccc", False, id="one made later"),
        pytest.param("shop@9.9.9", "aaaaaaaaaaaa", None, id="an undeclared release is not known"),
        pytest.param("orphan", "aaaaaaaaaaaa", None, id="a broken line is not known"),
        pytest.param("orphan", "eeeeeeeeeeee", True, id="unless the commit is in what is left of it"),
        pytest.param("bare", "aaaaaaaaaaaa", None, id="a release without commits is not known"),
        pytest.param("shop@2.0.0", "", None, id="no commit, no answer"),
    ],
)
def test_contains(release: str, commit: str, found: bool | None) -> None:
    assert contains(release, commit, LINE) is found


def test_a_loop_of_parents_ends() -> None:
    loop = {"a": a_release("a", 1, "b", ("aaaaaaaaaaaa",)), "b": a_release("b", 2, "a")}
    assert contains("a", "ffffffffffff", loop) is None
    assert order("a", "b", loop) is Order.AFTER


@pytest.mark.parametrize(
    ("package", "version"),
    [
        pytest.param("shop", "shop@1.1.1", id="the highest ordinal of the package"),
        pytest.param("", "bare", id="of those without a package"),
        pytest.param("unknown", "bare", id="of all when the package has none"),
    ],
)
def test_latest(package: str, version: str) -> None:
    assert latest(LINE, package) == version


def test_nothing_declared_has_no_latest() -> None:
    assert latest({}) == ""


def test_package_of() -> None:
    assert [package_of(text) for text in ("shop@1", "@scope/ui@2", "1.0")] == ["shop", "@scope/ui", ""]
