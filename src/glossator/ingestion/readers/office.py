"""What Word and PowerPoint files have in common: parts, the relations between them, facts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from glossator.ingestion.readers import safe_xml
from glossator.ingestion.readers.html_tree import language_of
from glossator.ingestion.readers.zips import SafeZip
from glossator.ingestion.sources import SourceError

_OFFICE_DOCUMENT = re.compile(r".*/(?:officeDocument|word|ppt)$")


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a part points to: a file of the archive, or an address outside (`external`)."""

    kind: str
    target: str
    external: bool


class Parts:
    """The parts of an Office file by name; missing ones are None."""

    def __init__(self, archive: SafeZip, shown: str) -> None:
        self.archive = archive
        self.shown = shown

    def xml(self, name: str) -> Element | None:
        """The root of a part, None where there is no such part. Raises `SourceError`."""
        if name not in self.archive:
            return None
        return safe_xml.parse(self.archive.read(name), self.shown)

    def relations(self, name: str) -> Mapping[str, Relation]:
        """The relations of a part by id; what leads out of the archive is no file of it."""
        folder, file = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        found: dict[str, Relation] = {}
        for each in root if root is not None else ():
            target, kind = each.get("Target", ""), each.get("Type", "").rpartition("/")[2]
            external = each.get("TargetMode") == "External"
            if not external:
                joined = target[1:] if target.startswith("/") else posixpath.join(folder, target)
                target = posixpath.normpath(joined)
                if target.startswith(("..", "/")):
                    continue
            found[each.get("Id", "")] = Relation(kind, target, external)
        return found

    def main(self, usual: str) -> str:
        """The name of the main part. Raises `SourceError` where there is none."""
        for relation in self.relations("").values():
            named = relation.kind == "officeDocument" and not relation.external
            if named and relation.target in self.archive:
                return relation.target
        if usual in self.archive:
            return usual
        raise SourceError(self.shown, "It lacks its main part; open it and save it anew.")

    def core(self) -> tuple[str, str | None]:
        """Title and language as the file's properties have them."""
        root = self.xml("docProps/core.xml")
        if root is None:
            return "", None
        title = next((safe_xml.words(each) for each in root.iter("dc:title")), "")
        language = next((safe_xml.words(each) for each in root.iter("dc:language")), None)
        return title, language_of(language)
