"""When Java's class archive is kept."""

from pathlib import Path

import pytest

from local_stack import class_archive


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        pytest.param(143, True, id="a broker that was asked to end wrote it whole"),
        pytest.param(0, True, id="so did one that ended by itself"),
        pytest.param(-9, False, id="a killed one may have written half"),
        pytest.param(1, False, id="a failed one too"),
    ],
)
def test_only_a_clean_end_makes_the_archive(code: int, kept: bool, tmp_path: Path) -> None:
    archive = tmp_path / "kafka.jsa"
    (option,), ended = class_archive.options(archive)[0][-1:], class_archive.options(archive)[1]
    fresh = Path(option.removeprefix("-XX:ArchiveClassesAtExit="))
    fresh.write_text("classes")
    ended(code)
    assert (archive.exists(), fresh.exists()) == (kept, False)


def test_an_archive_that_is_there_is_used_and_not_written_again(tmp_path: Path) -> None:
    archive = tmp_path / "kafka.jsa"
    archive.write_text("classes")
    options, ended = class_archive.options(archive)
    ended(143)
    assert options[-1] == f"-XX:SharedArchiveFile={archive}"
    assert archive.read_text() == "classes"


def test_nothing_written_is_nothing_to_keep(tmp_path: Path) -> None:
    class_archive.options(tmp_path / "kafka.jsa")[1](143)
    assert not list(tmp_path.iterdir())
