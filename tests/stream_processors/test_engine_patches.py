"""The engine is the one we know, or nothing runs."""

import pytest

from stream_processors.engine_patches import DIGESTS, KNOWN, VERSIONS, UnknownEngine, check


def test_the_installed_engine_is_known() -> None:
    check()


@pytest.mark.parametrize("name", VERSIONS)
def test_another_version_is_refused(name: str) -> None:
    with pytest.raises(UnknownEngine, match=f"{name} is .*, not 9"):
        check(versions={**VERSIONS, name: "9"})


@pytest.mark.parametrize("name", DIGESTS)
def test_another_text_of_a_patched_function_is_refused(name: str) -> None:
    with pytest.raises(UnknownEngine, match=f"{name} is not the one we know"):
        check(digests={**DIGESTS, name: "0"})


def test_every_known_function_has_its_digest() -> None:
    assert DIGESTS.keys() == KNOWN.keys()
