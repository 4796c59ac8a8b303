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

# Urdu in Latin letters: words that are certain, and words that only count beside one of them.
_ROMAN_URDU = frozenset(
    "kya hai hain kaise kaisay kesay kaisi kyun kyon kyu nahi nahin kaun kitna kitne kitni "
    "samjhao batao batayein".split()
)
_ROMAN_URDU_BESIDE = frozenset("aur mein hota hoti hote karta karte karti".split())

# The commonest function words of languages in Latin script that English doesn't share.
_OTHER_LANGUAGES = frozenset(
    "una qué que cómo como por para está esto cuál cual cuando donde "
    "une dans avec pour quoi quel quelle pourquoi sont où "
    "und ist nicht wie wird werden ein eine einen warum welche wofür wann dem "
    "gli della che cosa perché quando sono nel "
    "nedir nasıl neden hangi bir için "
    "uma não são isto qual "
    "hoe waarom welke een "
    "bagaimana mengapa adalah yang untuk".split()
) | (_ROMAN_URDU | _ROMAN_URDU_BESIDE)
# Those that also stand in names, abbreviations and English terms (El Niño, Von Neumann, OS, MIT,
# mu, MATLAB): one of them alone proves nothing.
_WEAK = frozenset(
    "el la los las del de un le les des est du et ce qui comment der das die den mit zu von il di "
    "ne bu mi mu ve o os ka ki ke ko se matlab wat het van apa dan".split()
)
# Letters that Urdu has and Arabic and Persian have not.
_URDU = frozenset("ٹڈڑںےہھۓ")
_ENGLISH = STOP_WORDS | frozenset("the of and to is are how why which when where does".split())


def question_words(question: str) -> list[str]:
    """The words to look up, lower case, without question words; all words if nothing is left."""
    words = list(dict.fromkeys(word.lower() for word in _WORD.findall(question)))[:_MAX_WORDS]
    telling = [word for word in words if word not in STOP_WORDS]
    return telling or words


def language_of(question: str) -> str:
    """`en`, `ur` for Urdu in its own or in Latin letters, or `und` for some other language.

    A question is only called foreign with evidence: letters of another script, or more
    function words of other languages than of English. A bare term counts as English.
    """
    if not question.isascii():
        letters = [char for char in question if char.isalpha()]
        foreign = [char for char in letters if not _latin_or_greek(char)]
        if len(foreign) * 2 > len(letters):
            return "ur" if _URDU.intersection(foreign) else "und"
    words = _WORD.findall(question)
    if not words:
        return "en"
    english = sum(w.lower() in _ENGLISH and w.lower() not in _OTHER_LANGUAGES for w in words)
    if _foreign_evidence(words) <= english:
        return "en"
    return "ur" if _roman_urdu(words) else "und"


def _roman_urdu(words: list[str]) -> bool:
    """Whether most of the foreign function words are Urdu's, one of them for certain.

    Hindi in Latin letters is the same to the eye, and its readers understand the answer.
    """
    lower = [word.lower() for word in words]
    foreign = [word for word in lower if word in _OTHER_LANGUAGES]
    urdu = [word for word in foreign if word in _ROMAN_URDU or word in _ROMAN_URDU_BESIDE]
    return any(word in _ROMAN_URDU for word in urdu) and 2 * len(urdu) > len(foreign)


def _foreign_evidence(words: list[str]) -> int:
    """Function words of other languages, leaving out particles of names."""
    strong = weak = accents = particles = 0
    in_name = False
    for word, following in zip(words, [*words[1:], ""], strict=True):
        low = word.lower()
        if low in _OTHER_LANGUAGES and low not in _ENGLISH:
            strong += 1
        elif low in _WEAK:
            particles += 1
            named = following[:1].isupper() or following.lower() in _WEAK
            weak += not named
            in_name = named
            continue
        elif not word.isascii() and not in_name:
            accents += 1
        in_name = False
    if particles and accents:
        strong += 1
    return strong + (weak if strong or weak > 1 else 0)


def _latin_or_greek(char: str) -> bool:
    # Greek letters stand for quantities in English questions too.
    if char.isascii():
        return True
    name = unicodedata.name(char, "")
    return name.startswith(("LATIN", "GREEK", "MATHEMATICAL", "MICRO"))
