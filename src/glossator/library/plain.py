"""Markdown to the words a reader sees, for encoders and word indexes; pure and lossy."""

from __future__ import annotations

import html
import re

_IMAGE_OR_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}(?:\([^()\n]{0,500}\))?[^()\n]{0,500}\)"
)
_REFERENCE = re.compile(r"\[([^\[\]\n]{1,500})\]\[[^\[\]\n]{0,200}\]")
_FOOTNOTE = re.compile(r"\[\^[^\]\n]{1,80}\]:?")
_AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,1000})>")
_URL = re.compile(r"https?://\S{1,1000}")
_CODE = re.compile(r"`{1,3}([^`\n]+)`{1,3}")
_STRONG = re.compile(r"(\*\*|__|~~)(?=\S)(.{1,2000}?)(?<=\S)\1", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_\n]{1,500})(?<=\S)\1(?![\w*])")
_MARKER = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE)
_HASHES = re.compile(r"^#{1,6}[ \t]+", re.MULTILINE)
_RULE = re.compile(r"^[ \t|:=-]+$", re.MULTILINE)
_MATH = re.compile(r"\$\$?([^$]{1,2000})\$\$?")
_TEX = re.compile(r"\\([A-Za-z]+|.)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def plain(markdown: str) -> str:
    """The text without markup: link texts for links, alternative texts for images."""
    text = _FOOTNOTE.sub("", markdown)
    text = _AUTOLINK.sub(r"\1", text)
    text = _IMAGE_OR_LINK.sub(r"\1", _IMAGE_OR_LINK.sub(r"\1", text))
    text = _REFERENCE.sub(r"\1", text)
    text = _URL.sub("", text)
    text = _MATH.sub(_plain_math, text)
    text = _CODE.sub(r"\1", text)
    text = _STRONG.sub(r"\2", _STRONG.sub(r"\2", text))
    text = _EMPHASIS.sub(r"\2", text)
    text = _RULE.sub("", text)
    text = _HASHES.sub("", _MARKER.sub("", text))
    text = _ESCAPE.sub(r"\1", text).replace("|", " ")
    return " ".join(html.unescape(text).split())


def _plain_math(match: re.Match[str]) -> str:
    inner = _TEX.sub(lambda tex: f" {tex.group(1)} " if tex.group(1).isalpha() else " ", match[1])
    return " " + inner.replace("{", " ").replace("}", " ") + " "
