"""Which of two releases came first, and what a release contains (alerting.md 2.3).

Lineage before ordinals, ordinals before version strings: strings and dates alone are the top source of false reopens.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final, TypeAlias

import re2

from schemas.settings.project import ReleaseSettings

Releases: TypeAlias = Mapping[str, ReleaseSettings]  # the declared ones of one project, by version
Version: TypeAlias = tuple[tuple[int, ...], tuple[tuple[int, int, str], ...]]

LONGEST_LINE: Final = 1000  # releases walked back: a loop of parents ends here
COMMIT_DIGITS: Final = 12  # what a release stores of each commit
SEMANTIC: Final = re2.compile(
    r"^(?:(.+)@)?v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$"
)
RELEASED: Final = ((1, 0, ""),)  # sorts after any pre-release


class Order(StrEnum):
    BEFORE = "before"
    SAME = "same"
    AFTER = "after"
    UNKNOWN = "unknown"


def order(release: str, other: str, releases: Releases) -> Order:
    """Where `release` stands against `other`. An undeclared one is compared by semantic version only."""
    if not release or not other:
        return Order.UNKNOWN
    if release == other:
        return Order.SAME
    mine, theirs = releases.get(release), releases.get(other)
    if mine is None or theirs is None:
        return _by_version(release, other)
    return _by_lineage(mine, theirs, releases) or _compared(mine.ordinal, theirs.ordinal)


def latest(releases: Releases, package: str = "") -> str:
    """The newest declared version, of `package` where it has any; empty when none is declared."""
    own = [release for release in releases.values() if package_of(release.version) == package]
    among = own or list(releases.values())
    return max(among, key=_age).version if among else ""


def contains(release: str, commit: str, releases: Releases) -> bool | None:
    """Whether `release` or one before it holds `commit`; None when its line is not fully known."""
    mine = releases.get(release)
    if mine is None or not commit:
        return None
    wanted, line = commit.lower()[:COMMIT_DIGITS], tuple(_line(mine, releases))
    if any(known.startswith(wanted) for ancestor in line for known in ancestor.commits):
        return True
    complete = line[-1].parent == "" and any(ancestor.commits for ancestor in line)
    return False if complete else None


def package_of(release: str) -> str:
    """`shop` of `shop@2.4.1`; empty where there is none."""
    return release.rpartition("@")[0]


def _age(release: ReleaseSettings) -> tuple[int, int, str]:
    return release.ordinal, release.declared_at, release.version


def _by_lineage(mine: ReleaseSettings, theirs: ReleaseSettings, releases: Releases) -> Order | None:
    """None when the parents say nothing. On diverged lines mine does not contain theirs: it stands before it."""
    my_line = {release.version for release in _line(mine, releases)}
    if theirs.version in my_line:
        return Order.AFTER
    their_line = {release.version for release in _line(theirs, releases)}
    if mine.version in their_line or my_line & their_line:
        return Order.BEFORE
    return None


def _line(release: ReleaseSettings, releases: Releases) -> Iterator[ReleaseSettings]:
    """The release and the declared ones before it, newest first."""
    at: ReleaseSettings | None = release
    for _ in range(LONGEST_LINE):
        if at is None:
            return
        yield at
        at = releases.get(at.parent)


def _compared(mine: int | Version, theirs: int | Version) -> Order:
    if mine == theirs:
        return Order.SAME
    return Order.AFTER if mine > theirs else Order.BEFORE  # type: ignore[operator]


def _by_version(release: str, other: str) -> Order:
    mine, theirs = _version(release), _version(other)
    if mine is None or theirs is None or package_of(release) != package_of(other):
        return Order.UNKNOWN
    return _compared(mine, theirs)


def _version(release: str) -> Version | None:
    """Semantic Versioning 2.0, section 11; build metadata does not count."""
    found = SEMANTIC.match(release)
    if found is None:
        return None
    numbers = tuple(int(part or 0) for part in found.groups()[1:4])
    before = found.group(5)
    return numbers, tuple(_identifier(part) for part in before.split(".")) if before else RELEASED


def _identifier(part: str) -> tuple[int, int, str]:
    """Numbers before words; both before `RELEASED`."""
    return (-1, int(part), "") if part.isdigit() else (0, 0, part)
