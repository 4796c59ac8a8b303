"""The composition root: settings to gateways to rooms; used by app, command line and tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from glossator import observing, purse
from glossator.accounts import identities
from glossator.accounts.callers import Operator
from glossator.accounts.external import External
from glossator.accounts.issuers import parse_issuers
from glossator.accounts.passwords import Passwords
from glossator.accounts.personal import Keeper, PersonalData
from glossator.accounts.secret import signing_secret
from glossator.accounts.service import Accounts, Policy
from glossator.accounts.sites import Sites
from glossator.accounts.throttle import Throttle, TryLimits
from glossator.accounts.tokens import Tokens
from glossator.accounts.widgets import WidgetLimits, Widgets, WidgetTokens
from glossator.adaptation import wording
from glossator.adaptation.glossaries import Glossaries
from glossator.adaptation.making import Maker
from glossator.adaptation.planning import Planner
from glossator.adaptation.service import Adaptation
from glossator.calling.attempts import Payments
from glossator.calling.models import Models
from glossator.foundation.database import Database
from glossator.foundation.traffic import Traffic
from glossator.foundation.watching import Watch
from glossator.gateways.files import open_files
from glossator.gateways.keysets import HttpKeySets
from glossator.gateways.ports import (
    Embedder,
    FileStore,
    JobQueue,
    LexicalIndex,
    VectorStore,
)
from glossator.gateways.queues.in_process import InProcessQueue
from glossator.gateways.queues.on_postgres import PostgresQueue
from glossator.ingestion import claims, staging
from glossator.ingestion.bookjobs import BookJobs
from glossator.ingestion.documents import Documents
from glossator.ingestion.highlights import Highlights
from glossator.ingestion.intake import Intake
from glossator.ingestion.personal import PersonalDocuments
from glossator.ingestion.pipeline import Pipeline
from glossator.ingestion.readers import tesseract
from glossator.ingestion.reindexing import Reindexing
from glossator.ingestion.sandbox import ChildLimits, Sandbox
from glossator.ingestion.service import Ingestion
from glossator.ingestion.sources import ReadLimits
from glossator.ingestion.viewing import Viewing
from glossator.ingestion.views import Views
from glossator.insight import mistakes
from glossator.insight.gaps import Gaps
from glossator.library import access
from glossator.library.active import ActiveIndex
from glossator.library.copies import free_copies
from glossator.library.copying import Copying
from glossator.library.text_store import TextStore
from glossator.progress import places
from glossator.progress import service as progress
from glossator.retrieval import confidence, pieces, ranking
from glossator.retrieval.service import Search
from glossator.settings import Settings
from glossator.shelf import build_shelf, open_embedder
from glossator.tutor import conversations, extractive, prompts
from glossator.tutor.answering import Answering
from glossator.tutor.service import Tutor
from glossator.tutor.statements import stemmer
from glossator.usage import ledger
from glossator.usage.service import Usage

# Files read at once: a large one of one user, and one of somebody else's.
READERS = 2
# Reading one or two pages of a file again, for somebody who waits.
_VIEW_SECONDS = 15
# A viewer asks for a few pages at once and gets them one by one; what was drawn is kept a while.
_PAINT_PATIENCE = 5.0
_PICTURES_BYTES = 24_000_000
# Seconds that may pass for each that a file's reader works: others work too.
_WAITING = 10
# How long a file on its way may be still, beyond the times in which it has to arrive and be read.
_LEFTOVER_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs, made once per process and closed at its end.

    `embedder` is the one that the settings name; `index` knows which one the library is indexed
    by.
    """

    settings: Settings
    database: Database
    embedder: Embedder
    index: ActiveIndex
    copying: Copying
    reindexing: Reindexing
    words: LexicalIndex
    files: FileStore
    queue: JobQueue
    sandboxes: tuple[Sandbox, ...]
    documents: Documents
    intake: Intake
    books: BookJobs
    highlights: Highlights
    viewing: Viewing
    pipeline: Pipeline
    search: Search
    tutor: Tutor
    answering: Answering
    gaps: Gaps
    adaptation: Adaptation
    models: Models
    payments: Payments
    passwords: Passwords
    personal: PersonalData
    usage: Usage
    watch: Watch

    def keep(self) -> None:
        """What a server does when it starts and once a day; any number of them may."""
        self.sweep()
        self.usage.keep(self.database)
        self.adaptation.keep()
        self.copying.recheck()
        days = self.settings.retention_days
        if not isinstance(days, str):
            with self.database.writing() as session:
                conversations.forget_old(session, self.usage.clock() - timedelta(days=days))

    def sweep(self) -> None:
        """Remove what killed processes left of files on their way; nothing that is in use."""
        settings = self.settings
        seconds = _LEFTOVER_SECONDS + settings.upload_seconds
        seconds += settings.parse_seconds * _WAITING
        staging.sweep(settings.data / "work", seconds)
        self.files.sweep(seconds)

    def close(self) -> None:
        """Give threads and connections back."""
        self.watch.close()
        self.passwords.close()
        self.answering.close()
        for sandbox in self.sandboxes:
            sandbox.close()
        self.index.close()
        if self.copying.store is not None:
            self.copying.store.close()
        self.database.close()


def build(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    queue: JobQueue | None = None,
    opened: Callable[[str], Embedder] | None = None,
    store: VectorStore | None = None,
) -> House:
    """The rooms with their collaborators; nothing is read from disk or network yet.

    What is given here takes the place of what the settings name; `opened` gives an embedder by
    its choice.
    """
    # Here questions are answered beside.
    opened = opened or partial(open_embedder, settings, polite=True)
    shelf = build_shelf(settings, embedder=embedder, opened=opened, store=store)
    database, index, words = shelf.database, shelf.index, shelf.words
    idf = pieces.load()
    traffic = Traffic()
    search = Search(index, words, idf, confidence.load(), ranking.load(), traffic)
    texts = TextStore(cache_bytes=settings.text_cache_mb * 1_000_000)
    tutor = Tutor(search, idf, extractive.load(), texts)
    usage = purse.usage(settings)
    models = purse.models(settings)
    payments = Payments(database, usage)
    own_rules = settings.prompt_file.read_text("utf-8") if settings.prompt_file else None
    files = open_files(settings.files_url, settings.data / "files")
    jobs = queue or _queue(settings, database)
    *sandboxes, binder = (_sandbox(settings) for _ in range(READERS + 1))
    viewer, painter = (_sandbox(settings, seconds=_VIEW_SECONDS) for _ in range(2))
    folder = settings.data / "work"
    looks = Views(files, viewer, folder)
    paints = Views(files, painter, folder, patience=_PAINT_PATIENCE, kept_bytes=_PICTURES_BYTES)
    most = settings.max_upload_mb * 1_000_000
    documents = Documents(
        database,
        files,
        index,
        words,
        jobs,
        sandboxes,
        shelf.sizes,
        traffic,
        folder,
    )
    return House(
        settings=settings,
        database=database,
        embedder=shelf.embedder,
        index=index,
        copying=shelf.copying,
        reindexing=Reindexing(database, index, words, shelf.copying, shelf.sizes),
        words=words,
        files=files,
        queue=jobs,
        sandboxes=(*sandboxes, binder, viewer, painter),
        documents=documents,
        intake=Intake(
            database,
            files,
            documents,
            most,
            quota_bytes=purse.octets(settings.storage_mb_per_user),
        ),
        highlights=Highlights(looks),
        viewing=Viewing(files, looks, paints, folder, most),
        books=BookJobs(database, files, jobs, shelf.pipeline, binder, settings.data),
        pipeline=shelf.pipeline,
        search=search,
        tutor=tutor,
        answering=Answering(database, tutor, payments, models, prompts.load(own_rules), stemmer()),
        gaps=Gaps(index, settings.gap_questions, settings.gap_days),
        adaptation=_adaptation(settings, database, payments, models, usage),
        models=models,
        payments=payments,
        passwords=Passwords(settings.password_threads),
        personal=_personal(documents),
        usage=usage,
        watch=observing.watch(settings),
    )


def ingestion(house: House) -> Ingestion:
    """What the routes for documents and books need."""
    return Ingestion(
        house.files,
        house.documents,
        house.intake,
        house.books,
        house.pipeline,
        house.highlights,
        house.viewing,
        tesseract.installed,
        house.settings.data / "work",
    )


def accounts(house: House) -> Accounts:
    """The service for people; only a server needs it, and the secret it signs with.

    Raises `Unavailable` where production has no good secret.
    """
    settings = house.settings
    tries = TryLimits(
        account=settings.login_tries_per_hour,
        address=settings.address_login_tries_per_hour,
        signups=settings.signups_per_hour,
    )
    return Accounts(
        house.database,
        house.passwords,
        Tokens(secret(settings)),
        Throttle(house.database, tries),
        Policy(sign_up=settings.signup, lasts=timedelta(days=settings.token_days)),
    )


def widgets(house: House) -> Widgets:
    """The service for books' widgets on other sites; raises as `accounts`."""
    settings = house.settings
    return Widgets(
        house.database,
        WidgetTokens(secret(settings)),
        Sites(house.database, settings.origins, partial(access.sites, caller=Operator())),
        access.sites,
        WidgetLimits(settings.widget_tokens_per_hour, settings.widget_site_tokens_per_hour),
    )


def external(house: House) -> External:
    """The service for tokens of external issuers."""
    settings = house.settings
    return External(
        house.database,
        parse_issuers(settings.issuers),
        HttpKeySets(),
        open_sign_up=settings.signup == "open",
    )


def secret(settings: Settings) -> bytes:
    """The secret that logins are signed with; raises `Unavailable` as `accounts` does."""
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    return signing_secret(given, settings.data, production=settings.env == "production")


def _personal(documents: Documents) -> PersonalData:
    """The rooms that keep something of a person; a test finds a table that none of them forgets."""
    own = PersonalDocuments(documents)
    return PersonalData(
        (
            Keeper("documents", own.export, own.forget),
            Keeper("identities", identities.export, identities.forget),
            Keeper("usage", ledger.export, ledger.forget),
            Keeper("progress", progress.export, progress.forget),
            Keeper("places", places.export, places.forget),
            Keeper("chats", conversations.export, conversations.forget),
            Keeper("mistakes", mistakes.export, mistakes.forget),
        )
    )


def _adaptation(
    settings: Settings, database: Database, payments: Payments, models: Models, usage: Usage
) -> Adaptation:
    file = settings.adaptation_prompt_file
    words = wording.load(file.read_text("utf-8") if file else None)
    return Adaptation(
        database,
        Planner(words, Glossaries(settings.data / "glossaries")),
        Maker(database, payments, models, words),
        payments,
        models,
        usage,
    )


def _queue(settings: Settings, database: Database) -> JobQueue:
    if settings.queue == "postgres":
        return PostgresQueue(database)

    def taken_over() -> None:
        with database.writing() as session:
            claims.free_all(session)
            free_copies(session)

    return InProcessQueue(settings.data / "worker.lock", taken_over)


def _sandbox(settings: Settings, *, seconds: int | None = None) -> Sandbox:
    work = settings.parse_seconds
    seconds = seconds or work * _WAITING
    most = settings.max_upload_mb * 1_000_000
    child = ChildLimits(
        memory_bytes=settings.parse_memory_mb * 1_000_000,
        cpu_seconds=min(work, seconds),
        seconds=seconds,
    )
    # A reader that looks at the time itself can say more than one that is ended.
    read = ReadLimits(file_bytes=most, seconds=0.9 * child.cpu_seconds)
    return Sandbox(read, child, settings.data / "work")
