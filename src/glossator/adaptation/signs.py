"""Words that tell of a model speaking about its own work instead of doing it; pure."""

from __future__ import annotations

import re

_REMARK = re.compile(
    r"""
      \bhere(?:['’]s|\ is|\ are)\ (?:the|your|my|an?)\ (?:[\w-]+\ ){0,4}
        (?:translat\w+|version|rewrit\w+|retell\w+|retold)
    | ^\W*(?:sure|certainly|of\ course|absolutely)\b\s?[,!.:]
    | \btranslator(?:['’]s|s)?\ note | \bas\ an?\ (?:ai|language\ model)\b
    | \bi(?:\ have|['’]ve)?\ (?:translated|rewritten|simplified|retold|kept\ the|left\ the)\b
    | \blet\ me\ know\ if\b | \bi\ hope\ (?:this|that)\ helps\b
    | ^\W*(?:translation|translated\ text|note\ from\ the\ translator)\s*:
    | \bi(?:['’]m|\ am)\ (?:sorry|unable)\b | \bi\ can(?:not|['’]t)\ (?:translate|help|assist)
    | ^\W*ترجمہ\s*[:：] | یہ\ (?:رہا|لیں|ہے)\ .{0,25}ترجمہ | (?:درج\ ذیل|مندرجہ\ ذیل)\ ترجمہ
    | میں\ نے\ .{0,30}ترجمہ\ کیا
    | ^\W*الترجمة\s*[:：] | إليك(?:م)?\ الترجمة | هذه\ (?:هي\ )?الترجمة
    | ^\W*ترجمه\s*[:：] | این\ ترجمه
    | यह\ रहा\ .{0,20}अनुवाद | ^\W*अनुवाद\s*[:：] | यहाँ\ .{0,20}अनुवाद
    | ^\W*(?:çeviri|tercüme)\s*: | işte\ .{0,20}çeviri
    | aquí\ (?:está|tienes)\ la\ traducción | ^\W*traducción\s*:
    | voici\ (?:la|une|votre)\ traduction | ^\W*traduction\s*:
    | hier\ ist\ (?:die|eine|deine)\ übersetzung | ^\W*übersetzung\s*:
    | (?:以下|这)是.{0,8}(?:翻译|译文) | ^\W*(?:翻译|译文)\s*[:：]
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
# The commonest words of English that aren't words of the other languages we write.
_ENGLISH = frozenset(
    "the and of is are to that with for this it by from which you be or not can as was have".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def remark(said: str, source: str) -> str | None:
    """A remark of the model's own in `said`, None without one or where the source has it."""
    found = _REMARK.search(said)
    if found is None or _REMARK.search(source):
        return None
    return found[0].strip()


def words(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return _WORD.findall(text.lower())


def english_share(text: str) -> float:
    """The share of the commonest English words among a text's words."""
    found = words(text)
    return sum(word in _ENGLISH for word in found) / len(found) if found else 0.0


def copied(source: str, said: str) -> int:
    """The longest run of words of `said` that stands in the source just so."""
    wanted, best = f" {' '.join(words(source))} ", 0
    run: list[str] = []
    for word in words(said):
        run.append(word)
        while run and f" {' '.join(run)} " not in wanted:
            run.pop(0)
        best = max(best, len(run))
    return best


def mostly_names(source: str) -> bool:
    """Whether a text is a row of names rather than sentences: most words are capitals."""
    found = [match[0] for match in _WORD.finditer(source)]
    if not found:
        return True
    return sum(word[0].isupper() for word in found) >= 0.6 * len(found)
