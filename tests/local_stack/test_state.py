"""The state folder."""

import pytest

from local_stack import state
from local_stack.config import StackConfig
from local_stack.state import MIB


def test_others_may_pass_through_the_folder_and_look_into_nothing(tmp_path) -> None:
    state.prepare(tmp_path / "s")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "s").iterdir()}
    assert modes.keys() == set(state.PARTS)
    assert set(modes.values()) == {0o700}
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o711


def test_wipe_leaves_what_is_not_ours(tmp_path) -> None:
    state.prepare(tmp_path)
    (tmp_path / "kafka/x").write_text("x")
    (tmp_path / "thesis.txt").write_text("mine")
    state.wipe(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_wipe_removes_the_empty_folder(tmp_path) -> None:
    state.prepare(tmp_path / "s")
    state.wipe(tmp_path / "s")
    assert not (tmp_path / "s").exists()


def test_a_full_disk_is_named_with_folder_and_sizes(tmp_path) -> None:
    said = state.room_wrong(tmp_path / "not/yet", 1 << 60)
    assert said is not None
    assert str(tmp_path) in said
    assert f"{(1 << 60) // MIB} MiB are needed" in said


def test_enough_room_is_nothing_to_say(tmp_path) -> None:
    assert state.room_wrong(tmp_path, 1) is None


def test_the_folder_that_others_may_not_enter_is_found(tmp_path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a").chmod(0o700)
    closed = state.closed_to(tmp_path / "a/b")
    assert closed is not None
    assert closed in {tmp_path / "a", *tmp_path.parents, tmp_path}


@pytest.mark.parametrize("name", ["state", "cache"])
def test_folders_can_be_chosen(name: str, tmp_path) -> None:
    config = StackConfig(**{name: str(tmp_path)})
    chosen = {"state": state.state_folder, "cache": state.cache_folder}[name]
    assert chosen(config) == tmp_path
