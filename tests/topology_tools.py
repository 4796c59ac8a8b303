"""Machines on one network without containers: namespaces, a switch between them, and names.

Each host has its own network, its own root that can't be written to but for its folder, and no
rights of root's. Names are answered by a small DNS server, as a container engine does.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NETWORK = "172.31.77"
_SWITCH, _DNS = "gloss-switch", f"{NETWORK}.2"
# Its own mounts are made by `ip netns exec`; from here on nothing but the folder can be written.
_INSIDE = (
    'mount --bind "$0" "$0" && mount -t tmpfs tmpfs /run && mkdir /run/secrets '
    '&& if [ -e "$0/secrets" ]; then cp "$0"/secrets/* /run/secrets/; fi '
    '&& mount -o remount,bind,ro / && cd "$0" && exec "$@"'
)
_BARE = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")


def usable() -> str:
    """Why namespaces can't be had here; empty where they can."""
    if os.geteuid() != 0:
        return "Only root makes network namespaces."
    if not all(shutil.which(name) for name in ("ip", "setpriv", "caddy", "prometheus")):
        return "ip, setpriv, caddy and prometheus are not all installed."
    made = subprocess.run(["ip", "netns", "add", _SWITCH], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", _SWITCH], capture_output=True, check=False)
    return "" if made.returncode == 0 else "This machine lets nobody make network namespaces."


@dataclass(slots=True)
class Host:
    """A machine: its address, its folder, and what runs on it."""

    name: str
    address: str
    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def space(self) -> str:
        """The namespace's name."""
        return f"gloss-{self.name}"

    def command(self, command: Sequence[str | Path], *, bare: bool = True) -> list[str]:
        """The command as it runs on this host; without `bare` it keeps root's rights."""
        rights = _BARE if bare else ()
        inside = ["ip", "netns", "exec", self.space, "sh", "-c", _INSIDE, str(self.folder)]
        return [*inside, *rights, *(str(part) for part in command)]

    def start(
        self,
        *command: str | Path,
        env: Mapping[str, str],
        bare: bool = True,
        user: str | None = None,
    ) -> subprocess.Popen[bytes]:
        """A process that runs until it is ended."""
        become = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups") if user else ()
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                self.command([*become, *command], bare=bare and user is None),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=dict(env),
                start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def run(
        self, *command: str | Path, env: Mapping[str, str], bare: bool = True, seconds: float = 300
    ) -> str:
        """What a command prints that ends by itself."""
        done = subprocess.run(
            self.command(command, bare=bare), capture_output=True, text=True, env=dict(env),
            check=False, timeout=seconds,
        )  # fmt: skip
        assert done.returncode == 0, f"{self.name}: {done.stderr[-2_000:]} {self.last_words()}"
        return done.stdout

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 40) -> float:
        """End what runs here; the seconds that it took."""
        began = time.monotonic()
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, how)
        for process in self.processes:
            process.wait(seconds)
        self.processes.clear()
        return time.monotonic() - began

    def last_words(self) -> str:
        """The end of what was logged here."""
        log = self.folder / "log"
        return log.read_text("utf-8", "replace")[-1_500:] if log.exists() else ""


class Network:
    """A switch, hosts on it, and the names that lead to them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.hosts: dict[str, Host] = {}
        self._names = folder / "names"
        self._names.write_text("", "utf-8")
        _ip("netns", "add", _SWITCH)
        _ip("-n", _SWITCH, "link", "add", "br0", "type", "bridge")
        _ip("-n", _SWITCH, "link", "set", "br0", "up")
        dns = self.host("dns", 2)
        dns.start(sys.executable, __file__, _DNS, self._names, env=os.environ, bare=False)

    def host(self, name: str, number: int, *called: str) -> Host:
        """A new machine; `called` are the names that lead to it beside its own."""
        found = Host(name, f"{NETWORK}.{number}", self._folder / name)
        found.folder.mkdir()
        self.hosts[name] = found
        _ip("netns", "add", found.space)
        cable = f"gl{number}"
        _ip("-n", found.space, "link", "add", "eth0", "type", "veth", "peer", "name", cable)
        _ip("-n", found.space, "link", "set", cable, "netns", _SWITCH)
        _ip("-n", _SWITCH, "link", "set", cable, "master", "br0", "up")
        _ip("-n", found.space, "address", "add", f"{found.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", found.space, "link", "set", device, "up")
        etc = Path("/etc/netns") / found.space
        etc.mkdir(parents=True, exist_ok=True)
        (etc / "resolv.conf").write_text(f"nameserver {_DNS}\noptions timeout:1\n", "utf-8")
        with self._names.open("a", encoding="utf-8") as names:
            names.writelines(f"{each} {found.address}\n" for each in (name, *called))
        return found

    def close(self) -> None:
        """End everything and take the network down."""
        for host in self.hosts.values():
            host.end(signal.SIGKILL)
        for host in self.hosts.values():
            subprocess.run(["ip", "netns", "del", host.space], check=False)
            shutil.rmtree(Path("/etc/netns") / host.space, ignore_errors=True)
        subprocess.run(["ip", "netns", "del", _SWITCH], check=False)


def until(answers: Callable[[], bool], words: Callable[[], str], seconds: float = 90) -> float:
    """Wait for something; the seconds that it took."""
    began = time.monotonic()
    while not answers():
        assert time.monotonic() - began < seconds, words()
        time.sleep(0.3)
    return time.monotonic() - began


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _answer(query: bytes, names: Path) -> bytes:
    """All addresses of a name; it may be asked for with a dot at its end."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace").lower())
        at += 1 + query[at]
    question = query[12 : at + 5]
    lines = (line.split() for line in names.read_text("utf-8").splitlines())
    found = [address for name, address in lines if name == ".".join(labels)]
    if int.from_bytes(question[-4:-2], "big") != 1:
        answers: list[bytes] = []
    else:
        answers = [
            b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04" + socket.inet_aton(address)
            for address in found
        ]
    # An answer with authority; a name that isn't there is told so.
    flags = b"\x85\x80" if found else b"\x85\x83"
    counts = b"\x00\x01" + len(answers).to_bytes(2, "big") + b"\x00\x00\x00\x00"
    return query[:2] + flags + counts + question + b"".join(answers)


def _serve_names(address: str, names: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        while True:
            query, client = server.recvfrom(1_500)
            server.sendto(_answer(query, names), client)


if __name__ == "__main__":
    _serve_names(sys.argv[1], Path(sys.argv[2]))
