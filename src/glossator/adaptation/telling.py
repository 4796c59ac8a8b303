"""A chapter told in the order of its text, while its parts come in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glossator.adaptation.planning import Plan
from glossator.adaptation.wanted import Adapted, Listener, Piece, Progress
from glossator.library.variants import Aligned


class Teller:
    """Tells the finished text in order, as its parts come in whatever order."""

    def __init__(self, listen: Listener) -> None:
        self._listen = listen
        self._sent = 0
        self._done = -1

    @property
    def silent(self) -> bool:
        """Whether nothing has been told of any part."""
        return self._done < 0

    def tell(self, plan: Plan) -> None:
        """What is new since the last time."""
        done = sum(job.key in plan.made for job in plan.jobs)
        if done == self._done:
            return
        self._done = done
        self._listen(Progress(done, len(plan.jobs)))
        whole = plan.whole()
        waiting = next((job for job in plan.jobs if job.key not in plan.made), None)
        end = len(whole.content)
        if waiting is not None:
            first = plan.blocks[waiting.part.units[0].block].start
            end = next(b.start for b in whole.blocks if b.original_start >= first)
        languages = (plan.form.language or plan.language, plan.language)
        self._rest(whole.content[:end], whole.blocks, languages)

    def _rest(self, content: str, blocks: Sequence[Aligned], languages: tuple[str, str]) -> None:
        """What of the text hasn't been told."""
        sent, end = self._sent, len(content)
        if end <= sent:
            return
        new = tuple(
            replace(block, start=block.start - sent, end=block.end - sent)
            for block in blocks
            if sent <= block.start and block.end <= end
        )
        self._listen(Piece(content[sent:], new, languages))
        self._sent = end

    def kept(self, found: Adapted) -> Adapted:
        """A form that was made before, as if it had come just now."""
        if self.silent:
            self._listen(Progress(1, 1))
        self._rest(found.content, found.blocks, (found.language, found.original))
        return found
