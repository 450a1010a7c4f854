"""A sealed secret opens at its own place, with its own key, and nowhere else."""

import base64

import pytest

from runtime.secrets import SecretError, derive, master, seal, unseal

KEY = bytes(range(32))


def test_a_secret_opens_where_it_was_sealed() -> None:
    assert unseal(KEY, "method:a", seal(KEY, "method:a", "ana@shop.example")) == "ana@shop.example"


@pytest.mark.parametrize(
    ("key", "place", "change"),
    [
        pytest.param(KEY, "method:b", "", id="moved to another row"),
        pytest.param(bytes(32), "method:a", "", id="another master key"),
        pytest.param(KEY, "method:a", "AAAA", id="bytes added"),
    ],
)
def test_it_does_not_open_otherwise(key: bytes, place: str, change: str) -> None:
    sealed = seal(KEY, "method:a", "secret")
    with pytest.raises(SecretError, match="does not open"):
        unseal(key, place, sealed + change)


def test_plain_text_is_not_taken_for_a_secret() -> None:
    with pytest.raises(SecretError, match="is not sealed"):
        unseal(KEY, "method:a", "ana@shop.example")


def test_two_seals_of_one_text_differ_and_purposes_have_keys_of_their_own() -> None:
    assert seal(KEY, "p", "x") != seal(KEY, "p", "x")
    assert derive(KEY, "links") != derive(KEY, "seal")


@pytest.mark.parametrize(
    ("text", "said"), [("%%%", "not base64"), (base64.b64encode(b"short").decode(), "holds 5 bytes")]
)
def test_a_malformed_master_key_is_refused(text: str, said: str) -> None:
    with pytest.raises(SecretError, match=said):
        master(text)
