"""Build the web server: rooms' routes, middleware, the one error handler, the pages."""

from __future__ import annotations

import gc
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TypedDict

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from glossator import __version__, observing
from glossator.accounts.external import External
from glossator.accounts.personal import PersonalData
from glossator.accounts.routes import router as accounts_routes
from glossator.accounts.service import Accounts
from glossator.accounts.widget_routes import router as widget_routes
from glossator.accounts.widgets import MAY, Widgets
from glossator.adaptation.routes import router as adaptation
from glossator.adaptation.service import Adaptation
from glossator.description import DESCRIPTION, describe, description_for_members
from glossator.foundation.addresses import TrustedProxies
from glossator.foundation.closing import Closing
from glossator.foundation.cross_origin import CrossOrigin
from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.foundation.exposition import Together
from glossator.foundation.hosts import Hosts, names
from glossator.foundation.kept import Kept
from glossator.foundation.middleware import BodyLimit, Head, Larger, Requests
from glossator.foundation.problems import answer_errors
from glossator.foundation.telemetry import log, set_up_logs
from glossator.ingestion.admin_routes import router as work
from glossator.ingestion.book_routes import router as book_routes
from glossator.ingestion.picture_routes import router as pictures
from glossator.ingestion.routes import router as documents
from glossator.ingestion.service import Ingestion
from glossator.ingestion.view_routes import router as viewing
from glossator.insight.gaps import Gaps
from glossator.insight.mistake_routes import router as mistakes
from glossator.insight.routes import router as insight
from glossator.library.routes import router as library
from glossator.moving.copies import copier
from glossator.operations import operations
from glossator.pages import pages
from glossator.progress.routes import router as progress
from glossator.protocols.doors import Rooms
from glossator.protocols.mcp_routes import McpDoor
from glossator.protocols.mcp_routes import router as mcp
from glossator.protocols.openai_gate import OpenAIGate
from glossator.protocols.openai_routes import router as openai
from glossator.retrieval.routes import router as retrieval
from glossator.retrieval.service import Search
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.tutor.admin_routes import router as answered
from glossator.tutor.answering import Answering
from glossator.tutor.routes import router as tutor
from glossator.usage.people_routes import router as people
from glossator.usage.routes import router as usage
from glossator.usage.service import Usage
from glossator.wiring import House, accounts, build, external, ingestion, widgets
from glossator.worker import working

THREADS = 12
DAY_SECONDS = 86_400
# A question gets the interpreter from a thread that is cutting a file after so long at the latest.
# With Python's 5 ms the slowest questions took half as long again (measured).
SWITCH_SECONDS = 0.0005
# New objects until the collector looks for cycles among them. An answer makes thousands and no
# cycle to speak of; with Python's 700 looking took 1.5 % of an answer's CPU (measured).
YOUNG = 10_000
# Where files are sent, and how many of the largest size a form may hold.
UPLOADS = r"/api/upload|/api/books(?:/[^/]*)?"
FILES_AT_ONCE = 5
# Any site may read these, without cookies: the widget's files, and who is refused a token.
EVERYBODY = {
    "GET": re.compile(r"/widget\.js|/assets/widget[-./].+"),
    "POST": re.compile(r"/api/widget/token"),
}
# Chapters in every form, and the books they are found by: what a whole class reads.
KEPT = r"/api/(?:chapters/.|books(?:/[^/]+)?$)"


class State(TypedDict):
    """What a request's `state` carries for the rooms' routes."""

    database: Database
    proxies: TrustedProxies
    secure_cookies: bool
    accounts: Accounts
    external: External
    widgets: Widgets
    personal: PersonalData
    search: Search
    answering: Answering
    gaps: Gaps
    adaptation: Adaptation
    usage: Usage
    ingestion: Ingestion
    closing: Closing
    rooms: Rooms
    mcp: McpDoor


def create_app(settings: Settings | None = None, *, house: House | None = None) -> FastAPI:
    """The application. Migrates the database first, so it must be called outside a loop."""
    if house is None:
        house = build(settings or Settings())
        set_up_logs(house.settings.log_format, house.settings.log_level)
        migrate(house.database, before=copier(house.database, house.settings.data))
    production = house.settings.env == "production"
    carriers = widgets(house)
    siblings = observing.together(house.settings, house.watch)
    app = FastAPI(
        title="Glossator",
        version=__version__,
        lifespan=_lifespan(house, accounts(house), external(house), carriers, siblings),
        openapi_url=None if production else DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        # A redirect names the server by the Host header, which anybody can write.
        redirect_slashes=False,
    )
    answer_errors(app)
    # Each is tried in turn: questions, which cost most, first.
    rooms = (
        tutor, retrieval, accounts_routes, widget_routes, library, book_routes, documents, viewing,
        adaptation, progress, usage, people, work, answered, insight, mistakes, mcp, openai,
        pictures,
    )  # fmt: skip
    routers = (*rooms, operations(house, siblings), pages())
    for router in routers:
        # Not included: FastAPI would make each of their routes anew for this app, 0.2 s of CPU at
        # the first request.
        app.router.routes.extend(router.routes)
    describe(app, routers)
    if production:
        app.include_router(description_for_members(app, house.settings.metrics_token))
    settings = house.settings
    # The last one added is the outermost: also a refused body is answered with CORS headers.
    app.add_middleware(Kept, paths=KEPT, changes=house.database.changes)
    app.add_middleware(Head)
    app.add_middleware(
        BodyLimit,
        most=settings.max_request_kb * 1024,
        seconds=settings.request_body_seconds,
        # A form may hold several files of the largest size.
        larger=Larger(
            paths=UPLOADS,
            most=settings.max_upload_mb * 1_000_000 * FILES_AT_ONCE,
            seconds=settings.upload_seconds,
        ),
    )
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "authorization",
                "content-type",
                "x-request-id",
                "x-csrf-token",
                "x-glossator-guest",
            ],
            expose_headers=[
                "content-disposition",
                "ratelimit",
                "ratelimit-policy",
                "retry-after",
                "x-request-id",
                "x-glossator-guest",
                "x-vercel-ai-ui-message-stream",
            ],
        )
    app.add_middleware(CrossOrigin, everybody=EVERYBODY, sites=MAY, allowed=carriers.sites.is_known)
    listens, proxies = settings.host, bool(settings.proxies)
    called = names(settings.hosts, listens=listens, behind_proxy=proxies)
    app.add_middleware(Hosts, names=called)
    app.add_middleware(Requests, watch=house.watch, tls_only=production)
    app.add_middleware(OpenAIGate)
    return app


def _lifespan(
    house: House, people: Accounts, outsiders: External, carriers: Widgets, siblings: Together
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        # The encoder loads beside the open port: the first question waits for it, /health doesn't.
        threading.Thread(target=_warm_up, args=(house,), name="warm-up", daemon=True).start()
        log(__name__).info("serving", version=__version__, data=str(house.settings.data))
        ended = threading.Event()
        keeper = threading.Thread(target=_keep, args=(house, ended), name="keeper", daemon=True)
        keeper.start()
        sys.setswitchinterval(SWITCH_SECONDS)
        # Searches are CPU: more threads than this only wait for each other and fill memory.
        current_default_thread_limiter().total_tokens = THREADS
        embedded = house.settings.queue == "embedded"
        work = working(house) if embedded else nullcontext()
        await run_in_threadpool(work.__enter__)
        closing = Closing()
        behind = Rooms(
            house.database, house.search, house.answering, house.index, house.usage,
            house.settings.origins,
        )  # fmt: skip
        mcp_door = McpDoor(behind, house.settings.max_request_kb * 1024)
        house.watch.reads(lambda: observing.read_gauges(house.watch, house.database, house.models))
        siblings.start()
        try:
            with closing.listening():
                yield State(
                    database=house.database,
                    proxies=TrustedProxies(house.settings.proxies),
                    secure_cookies=house.settings.env == "production",
                    accounts=people,
                    external=outsiders,
                    widgets=carriers,
                    personal=house.personal,
                    search=house.search,
                    answering=house.answering,
                    gaps=house.gaps,
                    adaptation=house.adaptation,
                    usage=house.usage,
                    ingestion=ingestion(house),
                    closing=closing,
                    rooms=behind,
                    mcp=mcp_door,
                )
        finally:
            await mcp_door.close()
            await run_in_threadpool(work.__exit__, None, None, None)
            ended.set()
            # Else it would find the database closed.
            await run_in_threadpool(keeper.join, 10)
            await run_in_threadpool(siblings.close)
            outsiders.close()
            await house.models.close()
            house.close()

    return lifespan


def _keep(house: House, ended: threading.Event) -> None:
    while True:
        try:
            house.keep()
        except SQLAlchemyError as error:
            log(__name__).warning("the daily upkeep failed", error=type(error).__name__)
        if ended.wait(DAY_SECONDS):
            return


def _warm_up(house: House) -> None:
    try:
        with house.database.reading() as session:
            house.index.embedder(session).encode(["warm up"], tokens=True)
    except Unavailable as error:
        log(__name__).error("questions can't be answered", reason=error.detail)
    except SQLAlchemyError as error:
        log(__name__).error("the database can't be read", error=type(error).__name__)
    house.models.prepare()
    # What is loaded by now lives as long as the process: the collector need not look at it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
