"""What an error says: wordings of script engines, text of the JVM, checks of native programs (grouping.md 3.5)."""

import pytest

from stream_processors.fingerprint.message import SCRIPT_WORDINGS, jvm_text, masked, program_text, said, script_wording


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Cannot read properties of undefined (reading 'price')", "nullprop:price"),
        ("Cannot read property 'price' of undefined", "nullprop:price"),
        ("Cannot set properties of null (setting 'price')", "nullprop:price"),
        ('can\'t access property "price", cart is undefined', "nullprop:price"),
        ("undefined is not an object (evaluating 'cart.item.price')", "nullprop:price"),
        ("null is not an object (evaluating 'cart.price')", "nullprop:price"),
        ("'undefined' is not an object (evaluating 'cart.price')", "nullprop:price"),
        ("Unable to get property 'price' of undefined or null reference", "nullprop:price"),
        ("cart.pay is not a function", "notfn:pay"),
        ("'cart.pay' is not a function", "notfn:pay"),
        ("cart.pay is not a function. (In 'cart.pay()', 'cart.pay' is undefined)", "notfn:pay"),
        ("undefined is not a function (evaluating 'cart.pay()')", "notfn:pay"),
        ("Object doesn't support property or method 'pay'", "notfn:pay"),
        ("Object [object Object] has no method 'pay'", "notfn:pay"),
        ("(intermediate value).pay is not a function", "notfn:pay"),
        ("Cart is not a constructor", "notctor:Cart"),
        ("cart is not defined", "undef:cart"),
        ("Can't find variable: cart", "undef:cart"),
        ("'cart' is undefined", "undef:cart"),
        ("Uncaught ReferenceError: cart is not defined", "undef:cart"),
        ("undefined is not an object", "nullobj"),
        ("cart is undefined", "nullobj"),
        ("cart.items is null", "nullobj"),
        ("'cart.items' is null or not an object", "nullobj"),
        ("Cannot convert undefined or null to object", "nullobj"),
        ("Payment refused", ""),
    ],
)
def test_one_fault_has_one_form(text: str, form: str) -> None:
    assert script_wording(text) == form


def test_every_wording_has_one_group() -> None:
    assert {pattern.groups for _, pattern in SCRIPT_WORDINGS} == {1}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            'Cannot invoke "String.trim()" because "<local4>" is null',
            'Cannot invoke "String.trim()" because "<local>" is null',
        ),
        ('Cannot read field "price" because "cart" is null', 'Cannot read field "price" because "cart" is null'),
        (
            "class a.B cannot be cast to class a.C (a.B and a.C are in unnamed module of loader 'app' @1a2b)",
            "a.B cannot be cast to a.C",
        ),
        ("java.lang.String cannot be cast to a.C", "java.lang.String cannot be cast to a.C"),
        (
            "Attempt to invoke virtual method 'int a.B.c()' on a null object reference",
            "Attempt to invoke virtual method 'int a.B.c()' on a null object reference",
        ),
        ("Cannot connect to 10.0.0.1", ""),
        ("Index 3 out of bounds for length 2", ""),
    ],
)
def test_text_of_the_jvm_is_program(text: str, kept: str) -> None:
    assert jvm_text(text) == kept


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        (
            "[1:2:FATAL:a.cc(12)] Check failed: n < size() (5 vs. 5)",
            "FATAL:a.cc(<num>)] Check failed: n < size() (<num> vs. <num>)",
        ),
        ("a.out: a.c:12: main: Assertion `n > 0' failed.", "Assertion  n > <num>  failed."),
        ("thread 'main' panicked at 'no cart', src/main.rs:4:5", "panicked at  no cart , src/main.rs:<num>"),
        ("Segmentation fault", ""),
    ],
)
def test_checks_of_native_programs(text: str, condition: str) -> None:
    assert condition in program_text(text)
    assert bool(program_text(text)) == bool(condition)


@pytest.mark.parametrize(
    ("lines", "stackless", "expected"),
    [
        pytest.param(("net = order['amount']",), False, "no 'amount' for <q>", id="kept when the source says it"),
        pytest.param((), False, "no <q> for <q>", id="masked with a stack but no source"),
        pytest.param((), True, "no 'amount' for 'ann'", id="identifiers are kept without any stack"),
    ],
)
def test_quotes(lines: tuple[str, ...], stackless: bool, expected: str) -> None:
    assert said("no 'amount' for 'ann'", "python", lines, stackless) == expected


def test_masked_has_no_quoted_text() -> None:
    assert masked("no 'amount'", "python") == "no <q>"
    assert masked("x.pay is not a function", "javascript") == "notfn:pay"
