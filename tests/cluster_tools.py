"""A university's set-up on one machine: web processes behind nginx, workers, Postgres, S3.

Every process is started anew when it dies, as systemd or Kubernetes would.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cli_tools import RUN, environment
from server_tools import free_port

# What nginx answers while the process that had a request is starting anew.
_RESTARTING = (
    '{"type":"about:blank","title":"Restarting","status":503,'
    '"detail":"The server is restarting. Try again in a few seconds.","request_id":"proxy"}'
)
_NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log error;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_max_body_size 110m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    upstream web {{
{servers}
        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://web;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            # A stream's parts must not wait for each other.
            proxy_buffering off;
            proxy_connect_timeout 2s;
            proxy_read_timeout 120s;
            error_page 502 504 =503 @restarting;
        }}
        location @restarting {{
            default_type application/problem+json;
            add_header Retry-After 2 always;
            return 503 '{restarting}';
        }}
    }}
}}
"""


@dataclass(slots=True)
class Member:
    """A process of the cluster: `serve` or `work`, on a data folder of its own."""

    command: list[str]
    folder: Path
    port: int | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0


@dataclass
class Cluster:
    """Its processes; `address` is nginx's."""

    address: str
    members: list[Member]
    _environment: dict[str, str]
    _held: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Start what isn't running, until the end."""
        while not self._over.is_set():
            for member in self.members:
                with self._held:
                    if not self._over.is_set() and (
                        member.process is None or member.process.poll() is not None
                    ):
                        self._start(member)
            self._over.wait(0.2)

    def kill(self, chance: random.Random) -> str:
        """`kill -9` of a random process that runs; which one it was."""
        running = [m for m in self.members if m.process and m.process.poll() is None]
        member = chance.choice(running)
        assert member.process is not None
        os.killpg(member.process.pid, signal.SIGKILL)
        member.process.wait()
        return member.folder.name

    def ready(self, seconds: float = 60) -> None:
        """Wait until every web process says that it is ready."""
        until = time.monotonic() + seconds
        for member in self.members:
            while member.port and not _answers(member.port):
                assert time.monotonic() < until, _last_words(member)
                time.sleep(0.1)

    def stop(self) -> None:
        """End all of them."""
        self._over.set()
        with self._held:
            for member in self.members:
                if member.process and member.process.poll() is None:
                    os.killpg(member.process.pid, signal.SIGKILL)
                    member.process.wait()

    def _start(self, member: Member) -> None:
        member.starts += 1
        with (member.folder / "log").open("ab") as log:
            member.process = subprocess.Popen(
                [*RUN, *member.command, "--data", str(member.folder)],
                stdout=log, stderr=log, env=self._environment, start_new_session=True,
            )  # fmt: skip


@contextmanager
def cluster(
    folder: Path, *, webs: int, workers: int, settings: Mapping[str, str]
) -> Iterator[Cluster]:
    """The processes over what `settings` name, behind nginx; all are ready."""
    members = [_member(folder / f"web{n}", free_port()) for n in range(webs)]
    members += [_member(folder / f"work{n}") for n in range(workers)]
    port = free_port()
    proxy = _nginx(folder, port, [member.port for member in members if member.port])
    shared = {"GLOSSATOR_TRUSTED_PROXIES": "127.0.0.1", "GLOSSATOR_QUEUE": "postgres", **settings}
    built = Cluster(f"http://127.0.0.1:{port}", members, environment(folder, **shared))
    watcher = threading.Thread(target=built.watch)
    watcher.start()
    try:
        built.ready()
        yield built
    finally:
        built.stop()
        watcher.join()
        proxy.terminate()
        proxy.wait(10)


def nginx() -> str | None:
    """Where nginx is, None where it isn't installed."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _member(folder: Path, port: int | None = None) -> Member:
    folder.mkdir(parents=True)
    return Member(["serve", "--port", str(port)] if port else ["work"], folder, port)


def _nginx(folder: Path, port: int, ports: Sequence[int]) -> subprocess.Popen[bytes]:
    program = nginx()
    assert program is not None
    # Without `max_fails=0` a process that was killed gets nothing for ten seconds.
    servers = "\n".join(f"        server 127.0.0.1:{each} max_fails=0;" for each in ports)
    conf = folder / "nginx.conf"
    conf.write_text(
        _NGINX.format(folder=folder, port=port, servers=servers, restarting=_RESTARTING)
    )
    # Its workers run as somebody else where it is started by root.
    folder.chmod(0o755)
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    return subprocess.Popen(
        [program, "-c", str(conf), "-e", str(folder / "nginx.log"), *user],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _last_words(member: Member) -> str:
    log = member.folder / "log"
    said = log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""
    return f"{member.folder.name} isn't ready:\n{said}"
