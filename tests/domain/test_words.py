"""What is searched by is split like what is searched for."""

import pytest

from domain.words import plain, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("KeyError", ("keyerror", "key", "error"), id="camel case gives the whole and its parts"),
        pytest.param("shop.views::pay", ("shop", "views", "pay"), id="punctuation separates"),
        pytest.param("HTTPServer2", ("httpserver2", "httpserver", "2"), id="a run of capitals goes with what follows"),
        pytest.param("pay pay PAY", ("pay",), id="each word once"),
        pytest.param("größe 注文", ("größe", "注文"), id="letters of any script are words"),
        pytest.param("--- ()", (), id="punctuation alone is nothing"),
        pytest.param("x" * 9000, ("x" * 4096,), id="text beyond the cap is not looked at"),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_plain_is_lower_case_a_field_a_line() -> None:
    assert plain("KeyError", "", "'Amount'") == "keyerror\n'amount'"
