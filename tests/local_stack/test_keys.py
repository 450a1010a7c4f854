"""Secret files."""

import base64

from local_stack.keys import Keys, open_to_others


def test_a_secret_stays_the_same(tmp_path) -> None:
    assert Keys(tmp_path).password("gregor_api") == Keys(tmp_path).password("gregor_api")


def test_two_roles_have_two_passwords(tmp_path) -> None:
    assert Keys(tmp_path).password("gregor_api") != Keys(tmp_path).password("gregor_sink")


def test_the_master_key_is_32_bytes(tmp_path) -> None:
    assert len(base64.b64decode(Keys(tmp_path).master_key(), validate=True)) == 32


def test_nobody_else_may_read_them(tmp_path) -> None:
    keys = Keys(tmp_path)
    keys.password("gregor_api")
    keys.replace("admin_password", "x")
    assert open_to_others(tmp_path) == []
    (tmp_path / "admin_password").chmod(0o644)
    assert open_to_others(tmp_path) == [tmp_path / "admin_password"]


def test_only_whole_files_are_left(tmp_path) -> None:
    Keys(tmp_path).password("a")
    Keys(tmp_path).password("a")
    assert [path.name for path in tmp_path.iterdir()] == ["a_password"]


def test_a_secret_that_is_not_there_is_none(tmp_path) -> None:
    assert Keys(tmp_path).find("admin_password") is None
