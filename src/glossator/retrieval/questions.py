"""What a question is made of: its words, and its language as far as it can be told; pure."""

from __future__ import annotations

import re
import unicodedata

# Words that stand in every second question and tell nothing about its subject.
STOP_WORDS = frozenset(
    "a about after all also an and any are as at be because been before being between both but "
    "by can could did do does doing done down during each every few for from further get gets "
    "give given had has have having he her here hers him his how i if in into is it its itself "
    "just let like made make makes many may me might more most much must my need needs no nor "
    "not of off on once one only or other our ours out over own per please same say says she "
    "should so some such tell than that the their theirs them then there these they this those "
    "through to too under until up upon us use used uses using very was we were what whats when "
    "where which while who whom whose why will with within without would you your yours "
    "explain describe mean means called name".split()
)

_WORD = re.compile(r"[^\W_]+")
_MAX_WORDS = 64

# The commonest function words of languages in Latin script that English doesn't share.
_OTHER_LANGUAGES = frozenset(
    "el los las una qué que cómo como por para está esto cuál cual cuando donde del "
    "le les des une est dans avec pour quoi quel quelle comment pourquoi sont où qui du et ce "
    "der das und ist nicht wie wird werden eine einen warum welche wofür wann mit den dem ein zu von "
    "il gli della che cosa perché quando sono di nel "
    "nedir nasıl neden hangi bir ve için ne bu mi mu "
    "o os uma não são isto qual "
    "kya hai hain kaise kyun kyon mein ka ki ke ko se aur nahi nahin matlab hota hoti karta "
    "wat hoe waarom welke het een van "
    "apa bagaimana mengapa adalah yang dan untuk".split()
)
_ENGLISH = STOP_WORDS | frozenset("the of and to is are how why which when where does".split())


def question_words(question: str) -> list[str]:
    """The words to look up, lower case, without question words; all words if nothing is left."""
    words = list(dict.fromkeys(word.lower() for word in _WORD.findall(question)))[:_MAX_WORDS]
    telling = [word for word in words if word not in STOP_WORDS]
    return telling or words


def language_of(question: str) -> str:
    """`en`, another language's tag where the script tells it, or `und` for some other language.

    A question is only called foreign with evidence: letters of another script, or more
    function words of other languages than of English. A bare term counts as English.
    """
    letters = [char for char in question if char.isalpha()]
    if not letters:
        return "en"
    foreign = [char for char in letters if not _latin_or_greek(char)]
    if len(foreign) * 2 > len(letters):
        return "ur" if any("\u0600" <= char <= "\u06ff" for char in foreign) else "und"
    words = [word.lower() for word in _WORD.findall(question)]
    english = sum(word in _ENGLISH and word not in _OTHER_LANGUAGES for word in words)
    other = sum(word in _OTHER_LANGUAGES and word not in _ENGLISH for word in words)
    return "und" if other > english else "en"


def _latin_or_greek(char: str) -> bool:
    # Greek letters stand for quantities in English questions too.
    if char.isascii():
        return True
    name = unicodedata.name(char, "")
    return name.startswith(("LATIN", "GREEK", "MATHEMATICAL", "MICRO"))
