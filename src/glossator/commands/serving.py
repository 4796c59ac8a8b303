"""`serve` and `demo`."""

from __future__ import annotations

import signal
import socket
import sys
from importlib import resources
from typing import TYPE_CHECKING, Annotated

import typer

from glossator.commands.asking import written
from glossator.commands.bookshelf import add_sources, summary
from glossator.commands.output import DataOption, fail, house, note, say, settings

if TYPE_CHECKING:
    from glossator.settings import Settings
    from glossator.wiring import House

HostOption = Annotated[str | None, typer.Option("--host", help="Address to listen on.")]
PortOption = Annotated[int | None, typer.Option("--port", help="Port to listen on.")]

SAMPLE_ID = "physical-ai"
DEMO_QUESTIONS = (
    "What does an accelerometer measure?",
    "How is depth computed from a stereo camera?",
    "Show me the code of a ROS 2 publisher",
    "Who won the football world cup in 1998?",
)


def serve(
    host: HostOption = None,
    port: PortOption = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Processes.")] = None,
    data: DataOption = None,
) -> None:
    """Serve the app and the API."""
    run(settings(data, host=host, port=port, workers=workers))


def work(data: DataOption = None) -> None:
    """Run background jobs, without a server: read and embed what was uploaded."""
    import threading

    from glossator.foundation.telemetry import set_up_logs
    from glossator.work_port import watched_at
    from glossator.worker import working

    configured = settings(data)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with house(configured) as built, watched_at(built), working(built):
        # It runs as long as a server, and tells as much.
        set_up_logs(configured.log_format, configured.log_level)
        note("Waiting for work (Ctrl+C ends it).")
        built.sweep()
        while not stop.wait(86_400):
            built.sweep()


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the printed answers.")] = False,
    host: HostOption = None,
    port: PortOption = None,
    data: DataOption = None,
) -> None:
    """Add the sample book, answer a few questions from it, and serve it."""
    # Whoever tries it out is the only guest.
    configured = settings(data, host=host, port=port, guest_questions_per_hour="unlimited")
    if "data" not in configured.model_fields_set:
        # A try-out never mixes with one's own books.
        configured = configured.model_copy(update={"data": configured.data / "demo"})
    sample = resources.files("glossator").joinpath("sample", "physical-ai")
    with resources.as_file(sample) as folder, house(configured) as built:
        for added in add_sources(built, [folder], book=SAMPLE_ID):
            say(summary(added))
        _answer_some(built)
    if not once:
        run(configured)


def _answer_some(built: House) -> None:
    from glossator.accounts.callers import Operator
    from glossator.library import access

    for question in DEMO_QUESTIONS:
        with built.database.reading() as session:
            scope = access.scope(session, Operator(), book_ids=[SAMPLE_ID])
            answer = built.tutor.ask(session, scope, question)
        say(f"\n> {question}\n{written(answer)}")


def run(configured: Settings) -> None:
    """Listen until interrupted."""
    import uvicorn

    from glossator import observing
    from glossator.foundation.errors import Unavailable
    from glossator.settings import export
    from glossator.wiring import secret

    _port_is_free(configured)
    try:
        secret(configured)
    except Unavailable as error:
        fail(error.detail)
    address = f"http://{configured.host}:{configured.port}"
    note(f"\nGlossator is at {address} (Ctrl+C ends it).")
    observing.clear_shared(configured)
    # Uvicorn gives the signal on when all is done: an end that was asked for is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Worker processes make their own application, from the same settings.
    export(configured)
    uvicorn.run(
        "glossator.app:create_app",
        factory=True,
        # A name, not the class: worker processes import it themselves.
        http="glossator.foundation.connections:Patient",
        host=configured.host,
        port=configured.port,
        workers=configured.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        # Its own way trusts whatever runs on this machine; GLOSSATOR_TRUSTED_PROXIES decides.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=65_536,
    )


def _port_is_free(configured: Settings) -> None:
    if configured.port == 0:
        return
    family = socket.AF_INET6 if ":" in configured.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((configured.host, configured.port))
        except OSError as error:
            fail(
                f"Port {configured.port} on {configured.host} can't be used ({error.strerror}). "
                "Choose another with --port."
            )
