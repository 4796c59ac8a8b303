"""What has to be done for a form of a chapter, and what of it is done already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from glossator.adaptation import passages, recipes, store
from glossator.adaptation.assembly import Assembled, Made, assemble, headings
from glossator.adaptation.glossary import Glossary
from glossator.adaptation.sizes import tokens
from glossator.adaptation.splitting import Part, Rules, Unit, parts
from glossator.adaptation.tongues import TONGUES, same, tongue
from glossator.adaptation.verify import Expected, translation
from glossator.adaptation.wanted import Adapted, Wanted
from glossator.adaptation.wording import Wording, request
from glossator.foundation.database import in_utc
from glossator.foundation.errors import BadRequest
from glossator.gateways.chat import ModelCall
from glossator.library import access, books, variants
from glossator.library.content import Block
from glossator.library.objects import direction
from glossator.library.tables import Book, Document
from glossator.library.variants import ChapterVariant, Form

# Raised when the checks change so that texts made before should be made again.
RECIPE = 1
SECONDS = 120.0

Glossaries = Callable[[str, str], Glossary]


@dataclass(frozen=True, slots=True)
class Job:
    """A part with its key in the cache and its instruction."""

    part: Part
    key: str
    system: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A chapter's text, its parts, and those that are made."""

    book_id: str
    chapter_id: str
    document_id: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    headings: tuple[Mapping[str, Any], ...]
    language: str
    form: Form
    made_from: str
    recipe: str
    rules: Rules
    expected: Expected
    glossary: Glossary
    jobs: tuple[Job, ...]
    made: Mapping[str, tuple[Made, ...]]
    # What is there already, with blocks that stayed as they were and may be tried again.
    kept: Adapted | None = None
    # Only some blocks of the chapter; what is made of it is no form of the chapter.
    passage: bool = False

    @property
    def key(self) -> str:
        """What one run at a time is made under."""
        told = "\x00".join([self.document_id, self.form_key, self.made_from, self.recipe])
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    @property
    def form_key(self) -> str:
        """The form in one word."""
        return f"{self.form.language}/{self.form.level}/{self.form.hardware}"

    @property
    def missing(self) -> list[Job]:
        """The parts that have to be made, each once."""
        return [job for job in {j.key: j for j in self.jobs}.values() if job.key not in self.made]

    def call(self, job: Job, again: str = "") -> ModelCall:
        """What a model is asked for a part; `again` tells what was wrong before."""
        asked = request(job.part, self.title, self.glossary)
        return ModelCall(
            system=job.system,
            request=f"{asked}\n\n{again}" if again else asked,
            output_tokens=recipes.output(self.rules, job.part),
            seconds=SECONDS,
        )

    def cost(self, job: Job) -> tuple[int, int]:
        """The tokens of a part's call by our estimate: input, and output at most."""
        call = self.call(job)
        return tokens(call.system) + tokens(call.request), call.output_tokens

    def with_made(self, made: Mapping[str, tuple[Made, ...]]) -> Plan:
        """The same with more parts made."""
        return replace(self, made={**self.made, **made})

    def whole(self) -> Assembled:
        """The chapter with what is made by now."""
        by_unit: dict[Unit, Made] = {}
        for job in self.jobs:
            made = self.made.get(job.key)
            if made is not None:
                by_unit.update(zip(job.part.units, made, strict=True))
        units = [unit for job in self.jobs for unit in job.part.units]
        return assemble(self.text, self.blocks, units, by_unit)

    def row(self, whole: Assembled, model: str, now: datetime) -> ChapterVariant:
        """The finished form as the library keeps it."""
        return ChapterVariant(
            document_id=self.document_id,
            language=self.form.language,
            level=self.form.level,
            hardware=self.form.hardware,
            made_from=self.made_from,
            recipe=self.recipe,
            model=model,
            content=whole.content,
            blocks=variants.stored(whole.blocks),
            headings=headings(self.headings, whole.blocks, whole.content),
            completeness=whole.completeness,
            originals=list(whole.originals),
            made_at=now,
        )


class Planner:
    """Looks a chapter up and plans its form; works in the caller's transaction."""

    def __init__(self, wording: Wording, glossaries: Glossaries) -> None:
        self._wording = wording
        self._glossaries = glossaries

    def look(self, session: Session, wanted: Wanted, now: datetime) -> Adapted | Plan:
        """The form where it is there, else the plan to make it; raises as `access.chapter`.

        A form in which parts failed is planned again after some time.
        """
        check(wanted.form)
        book_id, chapter_id = access.chapter(
            session, wanted.caller, wanted.chapter_id, wanted.book_id
        )
        book = books.get(session, book_id)
        _, document = books.chapter(session, [book], chapter_id)
        if wanted.form.language and not wanted.blocks:
            own = _authors(session, book, document, wanted.form.language)
            if own is not None:
                return own
        blocks = books.blocks(session, document.id)
        made_from = variants.mark(document.text, blocks)
        glossary = self._glossaries(book.id, wanted.form.language)
        recipe = self._recipe(wanted.form, glossary)
        row, kept = variants.find(session, document.id, wanted.form), None
        if row is not None and (row.made_from, row.recipe) == (made_from, recipe):
            rests = in_utc(row.made_at) > now - store.PATIENCE
            kept = shown(book.id, document, row)
            if wanted.blocks:
                return passages.of_form(kept, wanted.blocks)
            if row.completeness == 1.0 or rests:
                return kept
        if wanted.blocks:
            blocks = passages.among(blocks, wanted.blocks)
            made_from = passages.mark(made_from, blocks)
            plan = self._plan(session, book, document, blocks, wanted.form, made_from, recipe, now)
            return replace(plan, headings=(), passage=True)
        plan = self._plan(session, book, document, blocks, wanted.form, made_from, recipe, now)
        return replace(plan, kept=kept)

    def _plan(
        self,
        session: Session,
        book: Book,
        document: Document,
        blocks: tuple[Block, ...],
        form: Form,
        made_from: str,
        recipe: str,
        now: datetime,
    ) -> Plan:
        glossary = self._glossaries(book.id, form.language)
        rules, expected = self._rules(form, document.language, glossary)
        jobs = tuple(
            self._job(part, form, recipe, glossary) for part in parts(document.text, blocks, rules)
        )
        counts = {job.key: len(job.part.units) for job in jobs}
        return Plan(
            book_id=book.id,
            chapter_id=document.chapter_id or "",
            document_id=document.id,
            title=document.title,
            text=document.text,
            blocks=blocks,
            headings=tuple(document.headings),
            language=document.language,
            form=form,
            made_from=made_from,
            recipe=recipe,
            rules=rules,
            expected=expected,
            glossary=glossary,
            jobs=jobs,
            made=store.load(session, counts, counts, now),
        )

    def _rules(self, form: Form, language: str, glossary: Glossary) -> tuple[Rules, Expected]:
        if form.level:
            longest = self._wording.retelling(form.level, form.hardware)
            rules = recipes.retelling(form.level, glossary.keeps, longest)
            return rules, recipes.retold(form.level, language)
        to = TONGUES[form.language]
        rules = recipes.translating(to, glossary.keeps, self._wording.translating(to.name))
        return rules, translation(to, language)

    def _job(self, part: Part, form: Form, recipe: str, glossary: Glossary) -> Job:
        hardware = recipes.hardware_for(part, form.hardware) if form.level else ""
        if form.level:
            system = self._wording.retelling(form.level, hardware)
        else:
            system = self._wording.translating(TONGUES[form.language].name)
        terms = glossary.within("\n".join(unit.text for unit in part.units))
        told = [str(RECIPE), form.language, form.level, hardware, system, repr(terms)]
        key = hashlib.sha256("\x00".join([*told, part.fingerprint]).encode("utf-8", "replace"))
        return Job(part, key.hexdigest(), system)

    def _recipe(self, form: Form, glossary: Glossary) -> str:
        names = ["Translating"]
        if form.level:
            names = ["Retelling", f"Level {form.level}", f"Hardware {form.hardware}"]
        told = f"{RECIPE} {self._wording.version(*names)} {glossary.terms!r}"
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]


def check(form: Form) -> None:
    """Raise `BadRequest` for a form that we don't make."""
    if form.language and form.language not in TONGUES:
        known = ", ".join(TONGUES)
        raise BadRequest(f"We don't translate into this language. Those we do are: {known}.")


def shown(book_id: str, document: Document, row: ChapterVariant) -> Adapted:
    """A kept form as it is answered."""
    language = row.language or document.language
    return Adapted(
        chapter_id=document.chapter_id or "",
        book_id=book_id,
        title=title_of(document.title, document.headings, row.headings),
        content=row.content,
        language=language,
        direction=direction(language),
        cached=True,
        original=document.language,
        blocks=variants.aligned(row),
        headings=tuple(row.headings),
        completeness=row.completeness,
        originals=tuple(row.originals),
    )


def title_of(title: str, old: Any, new: Any) -> str:
    """The title in the form's words, where a heading of the chapter says the same."""
    for before, after in zip(old, new, strict=False):
        if before["text"] == title:
            return str(after["text"])
    return title


def _authors(session: Session, book: Book, document: Document, language: str) -> Adapted | None:
    """What the author wrote in a language: a translation, or the book itself."""
    tags = books.languages(session, book.id).get(document.chapter_id or "", [])
    tag = next((each for each in tags if each == language), None)
    tag = tag or next((each for each in tags if same(each, language)), None)
    if tag is None:
        return None
    _, own = books.chapter(session, [book], document.chapter_id or "", tag)
    return Adapted(
        chapter_id=own.chapter_id or "",
        book_id=book.id,
        title=own.title,
        content=own.text,
        language=own.language,
        direction=direction(own.language),
        cached=True,
        author=True,
        headings=tuple(own.headings),
    )


def form_of(*, language: str | None = None, level: str = "", hardware: str = "") -> Form:
    """A form by what a caller names; raises `BadRequest` for a language that we don't make."""
    if language is None:
        return Form(level=level, hardware=hardware)
    known = tongue(language)
    form = Form(language=known.tag if known else language)
    check(form)
    return form
