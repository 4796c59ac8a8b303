"""Tags of HTML, and which of them are markup rather than an author's `Box<T>`."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_TAG = re.compile(
    r"<(?P<slash>/?)(?P<name>[A-Za-z][\w.:-]{0,63})"
    r"""(?P<attributes>(?:[\s/](?:[^<>"'=]|=\s*(?:"[^"]*+"|'[^']*+'|[^\s<>"'=]*+))*+)?)>"""
)
_ATTRIBUTE = re.compile(
    r"""([A-Za-z_:@][\w.:-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?"""
)

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
HTML = frozenset(
    "a abbr address article aside audio b bdi bdo big blockquote body br button canvas caption"
    " center cite code col colgroup data datalist dd del details dfn dialog div dl dt em embed"
    " fieldset figcaption figure font footer form g h1 h2 h3 h4 h5 h6 head header hr html i iframe"
    " img input ins kbd label legend li link main map mark menu meta meter nav noscript object ol"
    " optgroup option output p param picture pre progress q rp rt ruby s samp script section select"
    " small source span strike strong style sub summary sup svg table tbody td template textarea"
    " tfoot th thead time title tr track tt u ul var video wbr".split()
)
DRAWING = frozenset(
    "circle clippath defs ellipse g line lineargradient mask path pattern polygon polyline"
    " radialgradient rect stop svg symbol text tspan use".split()
)
# Words that authors put in angle brackets for "your value here" and in type parameters.
_PLACEHOLDERS = frozenset(
    "a b code data g i label link map menu object option output p param q s select source time"
    " title u var".split()
)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag in a text: `end` is the index behind its `>`."""

    name: str
    closing: bool
    attributes: str
    end: int

    @property
    def self_closing(self) -> bool:
        """Whether it is written `<x />`."""
        return self.attributes.rstrip().endswith("/")

    def attribute(self, name: str) -> str:
        """The value of an attribute with entities decoded; empty where there is none."""
        for key, *values in _ATTRIBUTE.findall(self.attributes):
            if key.lower() == name:
                return " ".join(html.unescape("".join(values)).split())
        return ""


def match_tag(text: str, start: int, limit: int) -> Tag | None:
    """The tag that begins at `start` and ends before `limit`, or None."""
    found = _TAG.match(text, start, min(limit, len(text)))
    if found is None:
        return None
    return Tag(found["name"], found["slash"] == "/", found["attributes"], found.end())


def is_markup(tag: Tag, *, paired: bool, glued: bool) -> bool:
    """Whether a tag is HTML to take out; `Vec<i>`, `a <b and c> d` and `<path>` are not.

    `paired`: its closing tag follows. `glued`: a letter stands right before it.
    """
    name = tag.name.lower()
    if name not in HTML:
        return name in DRAWING and ("=" in tag.attributes or tag.closing)
    if tag.closing:
        return True
    bare_words = bool(tag.attributes.strip(" /\n")) and "=" not in tag.attributes
    if tag.name not in (name, tag.name.upper()):
        return paired
    if len(name) == 1 and (tag.name != name or bare_words):
        return "=" in tag.attributes
    if paired or name in VOID - {"source", "link"} or "=" in tag.attributes:
        return True
    return tag.self_closing if bare_words else not glued and name not in _PLACEHOLDERS
