"""A book's folder as its readers see it: nothing outside it can be named, opened or listed.

Every path is a POSIX path relative to the folder. Symbolic links are followed only while
they stay inside; pipes, sockets and devices are never opened for reading.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from glossator.ingestion.readers.decoding import decode, text_of_bytes
from glossator.ingestion.readers.walk import Walk, reason
from glossator.ingestion.sources import Known, Problem, ReadLimits, SourceError


@dataclass(slots=True)
class _Shared:
    """What a folder and its subfolders have in common."""

    confine: str
    limits: ReadLimits
    only: str | None = None
    problems: list[Problem] = field(default_factory=list)
    seen: set[Problem] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    bytes_read: int = 0
    known: Mapping[str, Known] = field(default_factory=dict)
    listings: dict[str, list[str]] = field(default_factory=dict)

    def note(self, problem: Problem) -> None:
        """Keep a problem, once."""
        if problem not in self.seen:
            self.seen.add(problem)
            self.problems.append(problem)


class SourceFolder:
    """A folder, or one file as a folder of one; use `open`."""

    def __init__(self, root: str, shared: _Shared) -> None:
        self._root = root
        self._shared = shared

    @classmethod
    def open(
        cls, path: Path, limits: ReadLimits, known: Mapping[str, Known] | None = None
    ) -> SourceFolder:
        """The folder at `path`; raises `SourceError` where there is none that can be read.

        `known` are the chapters that needn't be built again, by what they were made from.
        """
        shown = printable(str(path))
        try:
            real = os.path.realpath(path, strict=True)
            mode = Path(real).stat().st_mode
        except FileNotFoundError:
            raise SourceError(shown, "There is no such file or folder.") from None
        except (OSError, ValueError) as error:
            raise SourceError(shown, f"It can't be read: {reason(error)}.") from None
        if stat.S_ISDIR(mode):
            if not os.access(real, os.R_OK | os.X_OK):
                raise SourceError(shown, "It can't be read: permission denied.")
            return cls(real, _Shared(real, limits, known=known or {}))
        if not stat.S_ISREG(mode):
            raise SourceError(shown, "It is neither a file nor a folder.")
        parent, name = os.path.split(real)
        return cls(parent, _Shared(parent, limits, only=name, known=known or {}))

    @property
    def name(self) -> str:
        """The folder's name, or the file's name without its ending."""
        only = self._shared.only
        return Path(only).stem if only else (Path(self._root).name or "book")

    def known(self, made_from: str) -> Known | None:
        """What is stored of the chapter that was made from the same, None where there is none."""
        return self._shared.known.get(made_from)

    @property
    def single(self) -> bool:
        """Whether it is one file as a folder of one."""
        return self._shared.only is not None

    @property
    def problems(self) -> list[Problem]:
        """What was met so far, here and in every subfolder; readers add their own."""
        return self._shared.problems

    def note(self, rel: str, message: str, line: int | None = None) -> None:
        """Add a problem with the file `rel` (said once, however often it is met)."""
        self._shared.note(Problem(self.shown(rel), message, line))

    def shown(self, rel: str) -> str:
        """`rel` as people see it: relative to the folder that was opened first."""
        return printable(self._inner(self._absolute(rel)))

    def sub(self, rel: str, *, confine: bool = False) -> SourceFolder:
        """The folder `rel`; with `confine` nothing above it can be resolved any more.

        Raises `SourceError` where there is no such folder inside.
        """
        real = self.real_path(rel)
        if real is None or not Path(real).is_dir():
            raise SourceError(self.shown(rel), "There is no such folder in the source.")
        if not confine:
            return SourceFolder(real, self._shared)
        shared = _Shared(
            real, self._shared.limits, problems=self._shared.problems, known=self._shared.known
        )
        return SourceFolder(real, shared)

    def resolve(self, base_rel: str, target: str) -> str | None:
        """`target` as the file `base_rel` names it, as a path relative to this folder.

        A target that begins with `/` counts from this folder. None where it leaves the
        source, also through a link. The file need not exist.
        """
        if not target or "\0" in target:
            return None
        base = "" if target.startswith("/") else posixpath.dirname(base_rel)
        rel = posixpath.normpath(posixpath.join(base, target.lstrip("/")))
        return rel if self.real_path(rel) is not None else None

    def exists(self, rel: str) -> bool:
        """Is there a regular file `rel` inside the source?"""
        real = self.real_path(rel)
        return real is not None and Path(real).is_file()

    def is_folder(self, rel: str) -> bool:
        """Is there a folder `rel` inside the source?"""
        real = self.real_path(rel)
        return self._shared.only is None and real is not None and Path(real).is_dir()

    def text(self, rel: str, *, any_encoding: bool = False) -> str:
        r"""The file's text with `\n` line ends and no byte order mark.

        It is UTF-8, or with `any_encoding` what it most likely is.

        Raises `SourceError` for what isn't there, lies outside, is no regular file, is not
        text, or is beyond the limits.
        """
        shown = self.shown(rel)
        real = self.real_path(rel)
        if real is None:
            raise SourceError(shown, "It lies outside the book's folder, so it wasn't read.")
        data = self._read(rel, real, shown)
        if any_encoding:
            likely = text_of_bytes(data, shown)
            # What has broken letters all the same is read as before, which tells of them.
            data = data if "�" in likely else likely.encode("utf-8", "replace")
        text, replaced = decode(data, shown, self._shared.limits.line_chars)
        if replaced is not None:
            message = "Some bytes aren't valid UTF-8 and show as �; save the file as UTF-8."
            self._shared.note(Problem(shown, message, replaced))
        return text

    def data(self, rel: str, *, most: int) -> bytes:
        """The file's bytes, at most `most`; raises `SourceError` as `text` does."""
        shown = self.shown(rel)
        real = self.real_path(rel)
        if real is None:
            raise SourceError(shown, "It lies outside the book's folder, so it wasn't read.")
        try:
            size = Path(real).stat().st_size
        except OSError as error:
            raise SourceError(shown, f"It can't be read: {reason(error)}.") from None
        if size > most:
            raise SourceError(shown, _too_large(most))
        return self._read(rel, real, shown)

    def files(self) -> list[str]:
        """Relative paths of the regular files, sorted; see the module for what is left out."""
        only = self._shared.only
        if only is not None:
            return [only]
        if self._root not in self._shared.listings:
            self._shared.listings[self._root] = sorted(Walk(self).run())
        return list(self._shared.listings[self._root])

    @property
    def limits(self) -> ReadLimits:
        """The limits the folder was opened with."""
        return self._shared.limits

    def _absolute(self, rel: str) -> str:
        return os.path.normpath(Path(self._root, rel.lstrip("/")))

    def _inner(self, absolute: str) -> str:
        return os.path.relpath(absolute, self._shared.confine).replace(os.sep, "/")

    def real_path(self, rel: str) -> str | None:
        """The absolute path behind `rel`, links followed; None where it is outside."""
        if "\0" in rel:
            return None
        # A lexical `..` is resolved before links are, as a site's own tools do.
        absolute = self._absolute(rel)
        if not is_within(absolute, self._shared.confine):
            return None
        try:
            real = os.path.realpath(absolute)
        except (OSError, ValueError):
            return None
        only = self._shared.only
        if only is not None and real != str(Path(self._shared.confine, only)):
            return None
        return real if is_within(real, self._shared.confine) else None

    def _read(self, rel: str, real: str, shown: str) -> bytes:
        limits = self._shared.limits
        try:
            descriptor = os.open(real, _OPEN_FLAGS)
        except FileNotFoundError:
            raise SourceError(shown, "There is no such file.") from None
        except (OSError, ValueError) as error:
            raise SourceError(shown, f"It can't be read: {reason(error)}.") from None
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise SourceError(shown, "It is not a regular file.")
            # The tree may have been changed since its path was checked.
            if self.real_path(rel) != real or not os.path.samestat(found, Path(real).stat()):
                raise SourceError(shown, "It was changed while it was read; try again.")
            self._allow(real, found.st_size, shown)
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                data = stream.read(limits.file_bytes + 1)
        except OSError as error:
            raise SourceError(shown, f"It can't be read: {reason(error)}.") from None
        finally:
            os.close(descriptor)
        if len(data) > limits.file_bytes:
            raise SourceError(shown, _too_large(limits.file_bytes))
        return data

    def _allow(self, real: str, size: int, shown: str) -> None:
        limits, shared = self._shared.limits, self._shared
        if size > limits.file_bytes:
            raise SourceError(shown, _too_large(limits.file_bytes))
        if real in shared.read:
            return
        if shared.bytes_read + size > limits.book_bytes:
            sentence = f"The book is larger than {limits.book_bytes:,} bytes; the rest is left out."
            raise SourceError(shown, sentence)
        shared.read.add(real)
        shared.bytes_read += size


_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


def is_within(path: str, root: str) -> bool:
    """Is the normalised absolute `path` the folder `root` or something below it?"""
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def printable(text: str) -> str:
    """`text` with what can't be shown or stored (lone surrogates, controls) as `?`."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _too_large(limit: int) -> str:
    return f"It is larger than {limit:,} bytes; split it into smaller files."
