"""Native names: one scan that knows C++, Rust, Objective-C and Swift (grouping.md 3.3)."""

import pytest

from stream_processors.fingerprint.native import native_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        # ends
        ("-[Cart pay:]", "-[Cart pay:]"),
        ("+[Cart shared]", "+[Cart shared]"),
        ("-[Cart pay:]_block_invoke_2", "-[Cart pay:]_block"),
        ("__97-[Cart pay:]_block_invoke", "-[Cart pay:]_block"),
        ("pay_block_invoke_3", "pay_block"),
        ("pay_block_invoke.4", "pay_block_invoke.4"),
        ("shop::pay::h0123456789abcdef", "shop::pay"),
        ("shop::pay::h0123456789abcde", "shop::pay::h0123456789abcde"),
        ("pay(int) [clone .constprop.0]", "pay"),
        ("pay.cold", "pay"),
        ("pay.cold.1", "pay"),
        ("pay.part.2", "pay"),
        ("pay.isra.0.constprop.1", "pay"),
        ("pay.llvm.123456", "pay"),
        ("pay$VARIANT$armv81", "pay"),
        ("pay+0x1f", "pay"),
        ("shop!pay+0x1f", "pay"),
        ("closure #1 in Cart.pay(x:)", "Cart.pay"),
        ("partial apply forwarder for closure #2 in Cart.pay()", "Cart.pay"),
        ("protocol witness for Payable.pay() in conformance Cart", "Payable.pay"),
        ("specialized Cart.pay()", "Cart.pay"),
        ("@objc Cart.pay(_:)", "Cart.pay"),
        ("_$LT$shop..Cart$u20$as$u20$core..fmt..Debug$GT$::fmt", "<shop::Cart as core::fmt::Debug>::fmt"),
        # what has no name
        ("`anonymous namespace'::pay", "(anon)::pay"),
        ("(anonymous namespace)::pay(int)", "(anon)::pay"),
        ("{anonymous}::pay", "(anon)::pay"),
        ("?A0x1234abcd::pay", "(anon)::pay"),
        ("Cart::pay(int)::{lambda(int)#1}::operator()(int) const", "Cart::pay::<lambda>::operator()"),
        ("<lambda_ab12cd>::operator()", "<lambda>::operator()"),
        ("Cart::pay()::'lambda'(int)::operator()(int) const", "Cart::pay::<lambda>::operator()"),
        ("shop::pay::{{closure}}", "shop::pay::{{closure}}"),
        ("Pool::$_52::__invoke", "Pool::$::__invoke"),
        # operators
        ("Cart::operator()(int)", "Cart::operator()"),
        ("Cart::operator<<(int)", "Cart::operator<<"),
        ("Cart::operator->()", "Cart::operator->"),
        ("Cart::operator bool() const", "Cart::operator bool"),
        ("Box<Cart*>::operator Cart* const &()", "Box::operator Cart* const&"),
        ("operator new[](unsigned long)", "operator new[]"),
        ("Cart::operators(int)", "Cart::operators"),
        # templates and paths
        ("pay<3>(int)", "pay"),
        ("Cart<std::pair<int, long> >::pay<x>(y)", "Cart::pay"),
        ("Cart<(Kind)1>::pay()", "Cart::pay"),
        ("<shop::Cart as shop::Payable<T>>::pay", "<shop::Cart as shop::Payable>::pay"),
        ("<shop::Cart<T>>::pay", "shop::Cart::pay"),
        ("Cart<void (*)(int)>::pay()", "Cart::pay"),
        ("std::__1::vector<int>::at(unsigned long)", "std::vector::at"),
        ("std::__cxx11::basic_string<char>::at[abi:cxx11](unsigned long)", "std::basic_string::at"),
        # arguments, types and ends
        ("void Cart::pay(int)", "Cart::pay"),
        ("static class Box* Cart::pay<int>(class A*, const char*)", "Cart::pay"),
        ("unsigned long (anonymous namespace)::pay(int)", "(anon)::pay"),
        ("Cart::pay(int) const &", "Cart::pay"),
        ("Cart::pay const", "Cart::pay"),
        ("Cart.pay(a: Swift.Int) throws -> Swift.Int", "Cart.pay"),
        ("auto shop::pay(int) noexcept", "shop::pay"),
        ("decltype(auto) shop::pay(int)", "shop::pay"),
        ("pay (order=0x0, n=3) at", "pay"),
        ("Cart::~Cart()", "Cart::~Cart"),
        ("", ""),
        ("??", ""),
        ("<redacted>", ""),
        ("<unknown>", ""),
        ("stripped_application_code", ""),
    ],
)
def test_native_name(raw: str, name: str) -> None:
    assert native_name(raw) == name


@pytest.mark.parametrize("raw", ["(((((", ")))>>>", "<<<<a", "`a", "{{", "operator", "a::", "::", "'", "a<b", "[abi:"])
def test_broken_names_end_the_scan_too(raw: str) -> None:
    assert isinstance(native_name(raw * 40), str)
