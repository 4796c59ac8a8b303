"""Real servers: in a process of its own on a data folder, or in a thread over a house."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from cli_tools import RUN
from glossator.app import create_app
from glossator.foundation.connections import Patient
from glossator.wiring import House

START_SECONDS = 60


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[str]:
    """The address of a server that runs on a data folder."""
    log, port = data / "server.log", free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*RUN, "serve", "--data", str(data), "--port", str(port)],
            stdout=out,
            stderr=out,
            env={
                **os.environ,
                "GLOSSATOR_GUEST_QUESTIONS_PER_HOUR": "unlimited",
                "GLOSSATOR_SEARCHES_PER_MINUTE": "unlimited",
                **settings,
            },
        )
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def served(house: House, http: type[asyncio.Protocol] = Patient) -> Iterator[int]:
    """A real server over a house; gives its port."""
    with listening(create_app(house=house), http) as port:
        yield port


@contextmanager
def listening(app: Any, http: type[asyncio.Protocol] = Patient) -> Iterator[int]:
    """A real server over an application; gives its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=http, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(20)


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == HTTPStatus.OK:
                return
        except (OSError, HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    pytest.fail(f"The server didn't start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
