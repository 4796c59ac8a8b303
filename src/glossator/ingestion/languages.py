"""Which language a text is in, by its script and its commonest words; a guess, not a proof."""

from __future__ import annotations

import re
from collections import Counter

_SAMPLE = 20_000  # Characters that are looked at.
_SCRIPTS = (
    ("arabic", re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("cyrillic", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("latin", re.compile("[A-Za-z\u00c0-\u024f]")),
)
# Words that are frequent in one language and rare in the others.
_WORDS = {
    "en": "the and of to is that for with are this be by which from",
    "de": "der die und das ist von nicht ein eine mit auf für sich den dem des",
    "fr": "le les des et est dans une que pour qui sur pas avec du au",
    "es": "el los las y que en una por con para del es como se",
    "it": "il che di della per con una sono non del nel gli è",
    "pt": "o os que da do em uma para com não dos é ao",
    "nl": "de het een van en is dat niet op te zijn voor met",
    "tr": "ve bir bu için ile olarak olan da de gibi daha",
    "id": "yang dan di untuk dengan dari pada ini adalah dalam",
    "pl": "i w na z się jest nie do że to jak oraz",
}
_WORD_LANGUAGES = {
    word: [language for language, words in _WORDS.items() if word in words.split()]
    for words in _WORDS.values()
    for word in words.split()
}
_ENOUGH = 0.04  # Of the words; with fewer that are known, nothing can be told.
_DIFFERENT = 4


def guess_language(text: str, default: str = "en") -> str:
    """A BCP 47 tag; `default` where neither script nor words tell."""
    sample = text[:_SAMPLE]
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS}
    name = max(counts, key=lambda each: counts[each])
    if not counts[name]:
        return default
    if counts["ja"] * 20 > counts["zh"] and name in ("ja", "zh") and counts["ja"]:
        return "ja"
    if name == "arabic":
        return _arabic(sample, counts[name])
    if name == "cyrillic":
        return "uk" if re.search("[іїєґ]", sample, re.IGNORECASE) else "ru"
    return _latin(sample, default) if name == "latin" else name


def _arabic(sample: str, letters: int) -> str:
    """Urdu, Persian or Arabic by the letters that only the one or two have."""
    if len(re.findall("[ٹڈڑںےۓہھ]", sample)) * 50 > letters:
        return "ur"
    return "fa" if len(re.findall("[پچژگکی]", sample)) * 50 > letters else "ar"


def _latin(sample: str, default: str) -> str:
    words = re.findall(r"[^\W\d_]+", sample.lower())
    scores: Counter[str] = Counter()
    met: dict[str, set[str]] = {}
    for word in words:
        for language in _WORD_LANGUAGES.get(word, ()):
            scores[language] += 1
            met.setdefault(language, set()).add(word)
    best = max(scores, key=lambda each: (scores[each], each == default), default=default)
    surely = scores[best] >= _ENOUGH * len(words) and len(met.get(best, ())) >= _DIFFERENT
    return best if surely else default
