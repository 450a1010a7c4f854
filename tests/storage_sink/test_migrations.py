"""Laws over the migration files, without a database."""

from storage_sink.migrate import FOLDER, numbered, sums


def test_no_applied_file_was_edited() -> None:
    lines = (line.split() for line in (FOLDER / "SUMS").read_text().splitlines())
    assert {name: sum_ for sum_, name in lines} == sums()


def test_numbers_are_without_gaps_and_each_names_its_concern() -> None:
    names = [path.stem.split(".") for path in numbered()]
    assert [number for number, _ in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert all(concern for _, concern in names)


def test_no_file_is_longer_than_a_glance() -> None:
    long = {path.name for path in FOLDER.rglob("*.sql") if len(path.read_text().splitlines()) > 250}
    assert long == set()
