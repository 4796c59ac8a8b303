"""Questions without what tells who asked them; pure, by rule, without a model.

Taken out: links, e-mail addresses, @names, numbers of seven digits and more, and names. A name is
known by

1. what introduces it: a title ("Dr …"), a relation ("my friend …"), an introduction ("my name is
   …", "… here"), a signature ("thanks, …"), the same in Urdu;
2. the list in names.txt, in any case;
3. a capital letter: a capitalised word is shown only where the book has it, it opens questions, or
   at least `ENOUGH` people wrote it.

So a rare name of a thing ("Roomba") goes too, until enough people ask about it: that is meant. What
stays is a rare name written small without anything that introduces it, and one that is also a word
of the book.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from importlib import resources

from glossator.retrieval.questions import STOP_WORDS

# From so many people on a word is nobody's own.
ENOUGH = 3
LONGEST = 300
NAME = "[name]"
# In this order: an address may hold what looks like a number, and a link an address.
_PERSONAL = (
    (re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE), "[link]"),
    (re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+"), "[email]"),
    (re.compile(r"(?<!\w)@\w{2,}"), NAME),
    # Telephones, cards, numbers of students: seven digits and more, however they are divided.
    (re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}"), "[number]"),
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_TITLES = (
    r"mr|mrs|ms|miss|dr|prof|professor|sir|madam|ma'am|maam|teacher|ustad|ustaad|maulana|herr|frau|"
    r"monsieur|madame|señor|señora|مس|سر|استاد|ڈاکٹر|پروفیسر|جناب|محترمہ"
)
_RELATIONS = (
    r"friend|cousin|brother|sister|teacher|professor|classmate|roommate|boss|son|daughter|uncle|"
    r"aunt|husband|wife|supervisor|instructor|tutor|mentor|colleague|lecturer|student|partner|"
    r"neighbou?r|girlfriend|boyfriend"
)
_BEFORE = re.compile(
    rf"(?:(?<!\w)(?:{_TITLES})\.?\s+|\b(?:my|our|his|her)\s+(?:best\s+)?(?:{_RELATIONS}),?\s+|"
    r"\b(?:my name is|my name's|i am called|they call me|name:|asked by|sent by|written by|signed|"
    r"regards|sincerely|cheers|yours|greetings from|mera naam|میرا نام|نام:)[\s,:–—-]+|"
    r"\b(?:thanks|thank you|best wishes|best)\s*[,–—-]\s*)",
    re.IGNORECASE,
)
# Weaker: what follows is a name only where it looks like one.
_MAYBE = re.compile(
    r"\b(?:i am|i'm|im|this is|it's|its|hi|hello|hey|dear|ask|tell|told|with|by|main|from)\b[\s,]+",
    re.IGNORECASE,
)
_HERE = re.compile(r"\b([^\W\d_]{2,})\s+(?:here|this side)\b[\s.,!:-]", re.IGNORECASE)
_SIGNED = re.compile(r"[–—~-]\s*([^\W\d_]{2,})\s*[.!]?\s*$")
_MOST_PARTS = 3
# What may follow a relation or a title and is no name.
_VERBS = frozenset(
    "says said say told tells asked asks thinks thought claims wants wanted showed shows and "
    "who that has had is was does did can cannot never always also just got gets gave uses "
    "used wrote writes insists believes keeps need needs knows knew made makes robot robots "
    "please in on at".split()
)
_OPENERS = STOP_WORDS | frozenset(
    "mr mrs ms miss dr prof professor "
    "ask tell mail email call send contact reach message text download install buy use run "
    "start stop "
    "please explain describe define show list compare suppose imagine consider derive prove "
    "find calculate compute write draw help hello hi hey dear thanks thank ok okay yes no "
    "maybe today sorry sir madam teacher question questions regarding according since "
    "although however next first second third last every another many most some someone "
    "somebody something anyone nobody everyone everybody nothing everything monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december english chapter section page figure table "
    "example exercise solve summarise summarize discuss state give i'm i've i'd i'll im ive "
    "don't doesn't isn't aren't can't what's how's where's who's that's it's using difference "
    "there's let's are is was were do does did can could should would will shall whats hows "
    "wheres difference best good bad how why which".split()
)


@dataclass(frozen=True, slots=True)
class Names:
    """Known names, in lower case: those that are nothing else, and those that are words too."""

    sure: frozenset[str]
    words_too: frozenset[str]


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Takes personal data out of questions.

    `known` are words that are nobody's: the book's, and those that enough people wrote; both in
    lower case.
    """

    names: Names
    known: Collection[str] = field(default_factory=frozenset)

    def told(self, question: str) -> str:
        """The question as it may be shown, at most 300 characters long."""
        text = without_numbers(question)
        hidden = self._hidden(text)
        for start, end in sorted(hidden, reverse=True):
            text = text[:start] + NAME + text[end:]
        text = re.sub(r"\[name\](?:[\s.,-]+\[name\])+", NAME, text)
        return " ".join(text.split())[:LONGEST].rstrip()

    def _hidden(self, text: str) -> set[tuple[int, int]]:
        shouting = text.upper() == text
        words = list(_WORD.finditer(text))
        hidden = {
            found.span()
            for n, found in enumerate(words)
            if not _inside(text, found) and self._is_name(found[0], first=_begins(text, words, n),
                                                          shouting=shouting)
        }  # fmt: skip
        for cue in _BEFORE.finditer(text):
            hidden |= self._after(text, cue.end(), sure=True)
        for cue in _MAYBE.finditer(text):
            hidden |= self._after(text, cue.end(), sure=False)
        for cue in (*_HERE.finditer(text), *_SIGNED.finditer(text)):
            if self._strange(cue[1]):
                hidden.add(cue.span(1))
        return {span for span in hidden if not _inside(text, span)}

    def _is_name(self, word: str, *, first: bool, shouting: bool) -> bool:
        low = _bare(word)
        if any(part in self.names.sure for part in (low, *low.split("-"))):
            return True
        if not word[0].isupper() or shouting:
            return False
        if low in self.names.words_too and not first:
            return True
        if len(low) < 2 or (word.isupper() and len(word) <= 6):
            return False
        return self._strange(word)

    def _after(self, text: str, at: int, *, sure: bool) -> set[tuple[int, int]]:
        """The words of a name that is introduced before `at`."""
        found: set[tuple[int, int]] = set()
        for _ in range(_MOST_PARTS):
            word = _WORD.match(text, at)
            if word is None:
                break
            named = word[0][0].isupper() and _bare(word[0]) not in _OPENERS
            unknown = sure and not found and self._strange(word[0])
            if not (named and (sure or self._strange(word[0]))) and not unknown:
                break
            found.add(word.span())
            gap = re.compile(r"[ .]{1,2}").match(text, word.end())
            if gap is None:
                break
            at = gap.end()
        return found

    def _strange(self, word: str) -> bool:
        """Whether neither the book nor enough people have a word, and it is no plain one."""
        low = _bare(word)
        return not (
            low in self.known or low in _OPENERS or low in _VERBS or _plural(low, self.known)
        )


def without_numbers(question: str) -> str:
    """A question without links, e-mail addresses, @names and long numbers; names stay."""
    for pattern, instead in _PERSONAL:
        question = pattern.sub(instead, question)
    return " ".join(question.split())


def shared(questions: Iterable[tuple[str, str]], enough: int = ENOUGH) -> frozenset[str]:
    """The words that at least `enough` askers wrote, of (asker, question) pairs."""
    askers: dict[str, set[str]] = {}
    for asker, question in questions:
        for word in words_of(question):
            askers.setdefault(word, set()).add(asker)
    return frozenset(word for word, who in askers.items() if len(who) >= enough)


def words_of(text: str) -> set[str]:
    """The words of a text, in lower case."""
    return {_bare(word) for word in _WORD.findall(text)}


def load() -> Names:
    """The lists that are kept beside this module."""
    text = resources.files("glossator.insight").joinpath("names.txt").read_text("utf-8")
    sure, _, both = text.partition("\n# ")
    lines = [part.partition("\n")[2] for part in (sure, both)]
    return Names(*(frozenset(" ".join(line.split()).split()) for line in lines))


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s$", "", word.lower().replace("\u2019", "'"))


def _plural(word: str, known: Collection[str]) -> bool:
    return word.endswith("s") and word[:-1] in known


def _begins(text: str, words: list[re.Match[str]], n: int) -> bool:
    if n == 0:
        return True
    return bool(re.search(r"[.!?:]\s*[\"'(]?$", text[words[n - 1].end() : words[n].start()]))


def _inside(text: str, found: re.Match[str] | tuple[int, int]) -> bool:
    """Whether a word is one of our own marks: [name], [email]."""
    start, end = found.span() if isinstance(found, re.Match) else found
    return text[start - 1 : start] == "[" and text[end : end + 1] == "]"
