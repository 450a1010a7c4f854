"""Numbers that prove themselves: payment cards, bank accounts, social security numbers."""

from typing import Final

_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
FIRST_DIGITS: Final = frozenset((b"2", b"3", b"4", b"5", b"6"))
SHORTEST: Final = 13
MOST: Final = 4000
LONGEST: Final = 19

IBAN_LENGTHS: Final = {
    code: length
    for length, codes in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for code in codes.split()
}


def luhn(digits: str) -> bool:
    total = 0
    for at, char in enumerate(reversed(digits)):
        total += _DOUBLED[int(char)] if at % 2 else int(char)
    return total % 10 == 0


def issuer(digits: str) -> bool:
    """A known prefix with a length that its cards have."""
    two, three, four, size = int(digits[:2]), int(digits[:3]), int(digits[:4]), len(digits)
    if digits[0] == "4":
        return size in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return size == 16
    if two in (34, 37):
        return size == 15
    if two in (36, 38, 39) or 300 <= three <= 305:
        return size in (14, 16)
    if 3528 <= four <= 3589 or four == 6011 or two in (62, 65) or 644 <= three <= 649:
        return size in (16, 17, 18, 19)
    return four in (5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763)


def cards_in(run: bytes) -> list[tuple[int, int]]:
    """Where in a run of digits, blanks and dashes cards stand: each fills whole groups of the run.

    What is left of a run after 4,000 groups that might begin one is taken for a card unseen.
    """
    groups = run.replace(b"-", b" ").split(b" ")
    found: list[tuple[int, int]] = []
    at = free_from = looked_at = 0
    for index, group in enumerate(groups):
        if index >= free_from and group[:1] in FIRST_DIGITS:
            looked_at += 1
            if looked_at > MOST:
                return [*found, (at, len(run))]
            count = _card_groups(groups[index : index + LONGEST])
            if count:
                found.append((at, at + sum(map(len, groups[index : index + count])) + count - 1))
                free_from = index + count
        at += len(group) + 1
    return found


def _card_groups(groups: list[bytes]) -> int:
    """How many of the groups, from the first on, make the longest card; 0: none does."""
    digits, best = b"", 0
    for count, group in enumerate(groups, 1):
        digits += group
        if len(digits) > LONGEST:
            break
        if len(digits) >= SHORTEST and group and is_card(digits):
            best = count
    return best


def is_card(digits: bytes) -> bool:
    text = digits.decode()
    return issuer(text) and luhn(text)


def iban_length(text: bytes) -> int | None:
    """How many bytes of `text` are an IBAN, blanks included; None when it is none."""
    length = IBAN_LENGTHS.get(text[:2].decode())
    taken = ""
    for at, char in enumerate(text.decode("ascii", "replace")):
        if char not in " -":
            taken += char
        if length is not None and len(taken) == length:
            glued = text[at + 1 : at + 2].isalnum()
            return at + 1 if _mod97(taken) and not glued else None
    return None


def _mod97(code: str) -> bool:
    turned = code[4:] + code[:4]
    if not turned.isascii() or not turned.isalnum():
        return False
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_ssn(area: bytes, group: bytes, serial: bytes) -> bool:
    return area not in (b"000", b"666") and area[:1] != b"9" and group != b"00" and serial != b"0000"
