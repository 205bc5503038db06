"""Agreement of two cleaned names.

Clerks mishear (same or near sound), misread (look-alike), drop or add a character, write 小名 or 某氏, and spell names
of minorities after their own ear. Siblings share the surname and often a generation character: one other character is
not a typing error but another person, unless the two characters sound or look alike.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from china.characters import four_corners, look_alike_pairs, outline
from matcher.linkage.cells import Hashes
from matcher.linkage.kernel import Flag, Int, One, compiled, inlined
from matcher.linkage.letters import UNREAD, Letters
from matcher.linkage.levels import RAREST, code
from matcher.linkage.rows import RARE, Names
from matcher.linkage.sounds import syllable_codes

Spelling = NDArray[np.int32]
LONG: Final = 4  # characters from which on a name may be a foreign one, spelled after the ear
RATIO: Final = 0.68  # share of letters two spellings of one foreign name have in common
SHI: Final = ord("氏")
_PAGE: Final = 0x10000
_LETTERS: Final = 7  # of the longest syllable, and a blank
EQUAL_1, SOUND_1, SOUND_2 = code("name", RAREST), code("name", "sound-1"), code("name", "sound-2")
LOOK_ALIKE, NEAR_SOUND, MOVED = code("name", "look-alike"), code("name", "near-sound"), code("name", "moved")
ALIAS, VARIANT, ONE_OTHER = code("name", "alias"), code("name", "variant"), code("name", "one-other")
SURNAME, DIFFERS = code("name", "surname"), code("name", "differs")


class Lore(NamedTuple):
    """What has to be known of characters and syllables to compare two names."""

    look_alikes: Hashes  # both characters packed, either way round, ascending
    outlines: Spelling  # the four corners of each code point as a number, 0 = unknown
    spelling: Spelling  # (syllables, _LETTERS) letters of each syllable, 0 beyond its end


@lru_cache(maxsize=1)
def lore() -> Lore:
    """The tables of `china`, laid out; read once."""
    pairs = [(ord(a), ord(b)) for a, b in look_alike_pairs() if len(a) == len(b) == 1]
    packed = np.array([[a << 32 | b, b << 32 | a] for a, b in pairs], dtype=np.int64)
    codes = syllable_codes()
    spelling = np.zeros((len(codes) + 1, _LETTERS), dtype=np.int32)
    for syllable, number in codes.items():
        letters = [ord(letter) for letter in syllable][:_LETTERS]
        spelling[number, : len(letters)] = letters
    return Lore(np.unique(packed), _outlines(), spelling)


def _outlines() -> Spelling:
    """The four corners by code point; one added, so that 0000 is not taken for unknown."""
    table = np.zeros(_PAGE, dtype=np.int32)
    for char in four_corners():
        corners = outline(char)
        if corners is not None and ord(char) < _PAGE:
            table[ord(char)] = int(corners) + 1
    return table


@inlined
def name_level(person: Int, ours: Names, record: Int, theirs: Names, known: Lore) -> Int:
    """Level of an entry of the people's names and one of the records'; −1 = missing."""
    if person < 0 or record < 0:
        return 0
    a, b = ours.entries[person], theirs.entries[record]
    if a.full == b.full:
        return EQUAL_1 - 1 + a.rarity
    same_length = a.length == b.length
    first, silent, near, hard = _heard(a, ours.letters, b, theirs.letters)
    if same_length and silent == a.length:
        return SOUND_1 if max(a.rarity, b.rarity) <= RARE else SOUND_2
    if same_length and near == a.length:
        return NEAR_SOUND
    if same_length and hard <= 2 and _alike(a, ours.letters, b, theirs.letters, known):
        return LOOK_ALIKE
    if _moved(a, ours.letters, b, theirs.letters):
        return MOVED
    if _alias(a, ours.letters, b, theirs.letters) or _alias(b, theirs.letters, a, ours.letters):
        return ALIAS
    if a.foreign == b.foreign or _variant(a, ours.letters, b, theirs.letters, known.spelling):
        return VARIANT
    if same_length and hard == 1 and a.length >= 3:
        return ONE_OTHER
    return SURNAME if first else DIFFERS


@compiled
def _wild(char: Int) -> Flag:
    """A character nobody could type: ? ？ □ ■ *."""
    return char in (63, 65311, 9633, 9632, 42)


@compiled
def _same_char(x: One, y: One) -> Flag:
    return x.char == y.char or _wild(x.char) or _wild(y.char)


@compiled
def _same_sound(x: One, y: One) -> Flag:
    return _same_char(x, y) or y.main in (x.main, x.other) or x.main == y.other


@compiled
def _heard(a: One, left: Letters, b: One, right: Letters) -> tuple[bool, Int, Int, Int]:
    """Whether the surnames sound alike; places that do; places that nearly do; places that do not at all."""
    silent, near, first = 0, 0, False
    shared = min(a.length, b.length)
    for place in range(shared):
        x, y = left[a.start + place], right[b.start + place]
        same = _same_sound(x, y)
        first |= same and place == 0
        silent += same
        near += same or x.near == y.near
    return first, silent, near, max(a.length, b.length) - near


@compiled
def _alike(a: One, left: Letters, b: One, right: Letters, known: Lore) -> Flag:
    """Characters that each sound alike or look alike."""
    for place in range(a.length):
        x, y = left[a.start + place], right[b.start + place]
        if _same_sound(x, y) or x.near == y.near:
            continue
        if not _looks_alike(x.char, y.char, known):
            return False
    return True


@compiled
def _looks_alike(x: Int, y: Int, known: Lore) -> Flag:
    """As `china.characters.look_alike` has it, for characters of the plane in which all but the rarest stand."""
    if max(x, y) < _PAGE and known.outlines[x] == known.outlines[y] > 0:
        return True
    pair = np.int64(x) << 32 | np.int64(y)
    found = np.searchsorted(known.look_alikes, pair)
    return found < len(known.look_alikes) and known.look_alikes[found] == pair


@compiled
def _moved(a: One, left: Letters, b: One, right: Letters) -> Flag:
    """One character more on one side, or the same characters in another order."""
    if a.length == b.length:
        return a.length >= 2 and _reordered(a, left, b, right)
    if abs(a.length - b.length) != 1 or min(a.length, b.length) < 2:
        return False
    if a.length > b.length:
        return _one_more(b, right, a, left)
    return _one_more(a, left, b, right)


@compiled
def _reordered(a: One, left: Letters, b: One, right: Letters) -> Flag:
    used = 0
    for place in range(a.length):
        found = -1
        for other in range(b.length):
            if found < 0 and not used >> other & 1 and left[a.start + place].char == right[b.start + other].char:
                found = other
        if found < 0:
            return False
        used |= 1 << found
    return True


@compiled
def _one_more(short: One, few: Letters, long: One, many: Letters) -> Flag:
    gap = 0
    for place in range(short.length):
        if gap == 0 and few[short.start + place].char != many[long.start + place].char:
            gap = 1
        if few[short.start + place].char != many[long.start + place + gap].char:
            return False
    return True


@compiled
def _pet(char: Int) -> Flag:
    """小 阿 老 尕 大 before or behind a character of the name."""
    return char in (23567, 38463, 32769, 23573, 22823)


@compiled
def _alias(short: One, few: Letters, full: One, many: Letters) -> Flag:
    """马小永 for 马训永, 马小 for 马训永, 王氏 and 张王氏 for a woman née 王, 哈伦 for 哈伦·尔萨."""
    if not 2 <= short.length <= 3:
        return False
    first, second = few[short.start].char, few[short.start + 1].char
    last = few[short.start + short.length - 1].char
    maiden, end = many[full.start].char, many[full.start + full.length - 1].char
    if last == SHI and (first == maiden or (short.length == 3 and second == maiden)):
        return True
    if first != maiden:
        return False
    before = _pet(second) and (last == end or short.length == 2)
    given = full.length >= 2 and second == many[full.start + 1].char
    own = given and short.length == 2 and full.length >= LONG  # of two names the first
    return before or own or (_pet(last) and given)


@compiled
def _variant(a: One, left: Letters, b: One, right: Letters, spelling: Spelling) -> Flag:
    """One foreign name spelled twice: 尤素福·达吾德 and 优素夫达五, or one of its segments alone."""
    if max(a.length, b.length) < LONG or min(a.length, b.length) < 2:
        return False
    if min(a.length, b.length) >= 3 and (_within(a, left, b, right) or _within(b, right, a, left)):
        return True
    ours = np.zeros(a.length * (_LETTERS + 1), dtype=np.int32)
    theirs = np.zeros(b.length * (_LETTERS + 1), dtype=np.int32)
    m, n = _spelled(a, left, spelling, ours), _spelled(b, right, spelling, theirs)
    return 2 * _common(ours[:m], theirs[:n]) >= RATIO * (m + n)


@compiled
def _within(short: One, few: Letters, long: One, many: Letters) -> Flag:
    """Whether all sounds of one name stand together in the other."""
    for begin in range(long.length - short.length + 1):
        fits = True
        for place in range(short.length):
            fits &= few[short.start + place].main == many[long.start + begin + place].main
        if fits:
            return True
    return False


@compiled
def _spelled(entry: One, letters: Letters, spelling: Spelling, out: Spelling) -> Int:
    """The letters of a name, syllables parted by blanks; how many."""
    count = 0
    for place in range(entry.length):
        main = letters[entry.start + place].main
        if main >= UNREAD:
            out[count] = main
            count += 1
            continue
        if count > 0:
            out[count] = 32
            count += 1
        for letter in spelling[main]:
            if letter > 0:
                out[count] = letter
                count += 1
    return count


@compiled
def _common(a: Spelling, b: Spelling) -> Int:
    """Length of the longest common subsequence."""
    row = np.zeros(len(b) + 1, dtype=np.int32)
    for i in range(len(a)):
        corner = 0
        for j in range(len(b)):
            above = row[j + 1]
            row[j + 1] = corner + 1 if a[i] == b[j] else max(above, row[j])
            corner = above
    return row[len(b)]
