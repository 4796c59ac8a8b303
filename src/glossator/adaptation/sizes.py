"""How many tokens a text takes, by our documented estimate, and what one call may take; pure.

ASCII counts as in questions (3.6 characters or three quarters of a word to a token, the larger
of both); every other character counts as one token, which is about what current tokenizers make
of Arabic, Devanagari and Han, and more than they make of accented Latin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TRANSLATION_TOKENS = 3_000
RETELLING_TOKENS = 4_000
# Words in marks and numbers of blocks: what a model writes besides the text itself.
FRAME = 24


def tokens(text: str) -> int:
    """Our estimate of a text's tokens."""
    others = sum(not character.isascii() for character in text)
    ascii_length = len(text) - others
    words = len(text.split()) if others * 2 < len(text) else 0
    return math.ceil(max(ascii_length / 3.6, words / 0.75) + others)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a call may take: `limit` tokens, input and reserved output together.

    `overhead` is what rules, context and a second try's reason take; `grows` how many tokens are
    reserved for the answer per token or, with `by_character`, per character of the text.
    """

    limit: int
    overhead: int
    grows: float
    by_character: bool

    @property
    def room(self) -> int:
        """Tokens of a call for the text and its answer."""
        return self.limit - self.overhead - 2 * FRAME

    def output(self, text: str) -> int:
        """Tokens to reserve for the answer to a text."""
        size = len(text) if self.by_character else tokens(text)
        return math.ceil(size * self.grows) + FRAME

    def cost(self, text: str) -> int:
        """Tokens that a text takes of a call, its answer included."""
        return tokens(text) + self.output(text)
