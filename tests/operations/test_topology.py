"""deploy/compose.yaml's topology with real processes in network namespaces, no container engine.

Its own environment, Caddyfile and prometheus.yml are used. Three things stand in for others: moto
for SeaweedFS, pgvector for Qdrant's server, which can't be had from a package, and a Postgres from
one. There is no Grafana.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest
import yaml

from cli_tools import RUN, environment
from postgres_server import CannotStart, _binaries
from topology_tools import NETWORK, Host, Network, until, usable

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SECRETS = {
    "POSTGRES_PASSWORD": "a-password-of-the-database", "GLOSSATOR_SECRET_KEY": token_urlsafe(48),
    "GLOSSATOR_METRICS_TOKEN": token_urlsafe(48), "GLOSSATOR_VECTORS_KEY": "unused",
    "AWS_ACCESS_KEY_ID": "glossator", "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-store",
    "GLOSSATOR_MODEL": "", "ANTHROPIC_API_KEY": "", "GLOSSATOR_BUDGET_USD_PER_DAY": "10",
}  # fmt: skip
PEOPLE, SECONDS = 12, 25.0

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def composed(service: str, folder: Path) -> dict[str, str]:
    """The environment that compose.yaml gives a service, the image's, and the stand-ins."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    given: Mapping[str, str] = compose["services"][service]["environment"]
    filled = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: SECRETS[found[1]], str(value))
        for name, value in given.items()
    }
    image = dict(re.findall(r"(GLOSSATOR_\w+)=(\S+)", (DEPLOY / "Dockerfile").read_text("utf-8")))
    instead = {
        "GLOSSATOR_DATA": str(folder), "GLOSSATOR_VECTORS_URL": "pgvector:",
        "GLOSSATOR_VECTORS_KEY": "", "TMPDIR": str(folder),
        # All people come from one address.
        "GLOSSATOR_SIGNUPS_PER_HOUR": "1000",
    }  # fmt: skip
    return environment(folder, **{**image, **filled, **instead})


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    if why := usable():
        pytest.skip(why)
    try:
        _binaries()
    except CannotStart as reason:
        pytest.skip(str(reason))
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    made = Network(tmp_path)
    try:
        yield made
    finally:
        made.close()


def postgres(network: Network) -> Host:
    """A Postgres that is reached by its name, with a password."""
    host = network.host("postgres", 10)
    data, secret = host.folder / "data", host.folder / "password"
    secret.write_text(SECRETS["POSTGRES_PASSWORD"], "utf-8")
    env = environment(host.folder, LC_ALL="C")
    shutil.chown(host.folder, "nobody")
    shutil.chown(secret, "nobody")
    become = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    host.run(*become, _binaries() / "initdb", "-D", data, "-U", "glossator", "--pwfile", secret,
             "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", env=env,
             bare=False)  # fmt: skip
    with (data / "pg_hba.conf").open("a", encoding="utf-8") as rules:
        rules.write(f"host all all {NETWORK}.0/24 scram-sha-256\n")
    settings = (f"listen_addresses={host.address}", f"unix_socket_directories={host.folder}",
                "fsync=off", "max_connections=100", "shared_buffers=64MB")  # fmt: skip
    options = [part for setting in settings for part in ("-c", setting)]
    host.start(_binaries() / "postgres", "-D", data, *options, env=env, user="65534")
    asked = ("import psycopg; psycopg.connect(host='postgres', user='glossator', "
             "dbname='postgres', password='{}', autocommit=True).execute('{}')")  # fmt: skip

    def says(password: str, statement: str) -> bool:
        try:
            host.run(sys.executable, "-c", asked.format(password, statement), env=env)
        except AssertionError:
            return False
        return True

    until(lambda: says(SECRETS["POSTGRES_PASSWORD"], "SELECT 1"), host.last_words)
    assert says(SECRETS["POSTGRES_PASSWORD"], "CREATE DATABASE glossator")
    assert not says("another", "SELECT 1")
    return host


def store(network: Network) -> Host:
    """What speaks S3, with the bucket."""
    host = network.host("files", 11)
    env = environment(host.folder, TMPDIR=str(host.folder))
    host.start(sys.executable, "-m", "moto.server", "-H", "0.0.0.0", "-p", "8333", env=env)  # noqa: S104
    bucket = "r.Request('http://files:8333/glossator', method='PUT')"
    made = f"import urllib.request as r; r.urlopen({bucket}, timeout=5)"

    def there() -> bool:
        try:
            host.run(sys.executable, "-c", made, env=env)
        except AssertionError:
            return False
        return True

    until(there, host.last_words)
    return host


def fetched(host: Host, address: str, token: str = "") -> str:
    """What a host gets from an address; empty where nothing good comes."""
    script = (
        "import sys, urllib.request as r\n"
        "q = r.Request(sys.argv[1], headers={'authorization': 'Bearer ' + sys.argv[2]})\n"
        "try:\n print(r.urlopen(q, timeout=5).read().decode())\nexcept OSError:\n pass\n"
    )
    return host.run(sys.executable, "-c", script, address, token, env=os.environ).strip()


def test_the_topology_of_compose(network: Network, figures: Callable[[str], None]):
    began = time.monotonic()
    database = postgres(network)
    store(network)
    webs = [network.host("web1", 21, "web"), network.host("web2", 22, "web")]
    worker = network.host("worker", 31)
    people = network.host("people", 60)
    for web in webs:
        web.start(*RUN, "serve", env=composed("web", web.folder))
    worker.start(*RUN, "work", env=composed("worker", worker.folder))
    for web in webs:
        until(lambda web=web: '"ok"' in fetched(people, f"http://{web.name}:8000/health/ready"),
              web.last_words)  # fmt: skip
    until(lambda: "ok" in fetched(people, "http://worker:8001/health"), worker.last_words)
    ready = time.monotonic() - began
    sample = ROOT / "src/glossator/sample/physical-ai"
    webs[0].run(*RUN, "add", sample, env=composed("web", webs[0].folder))
    proxy(network)
    watching = prometheus(network)
    until(lambda: "ok" in fetched(people, "http://proxy/health"), lambda: "the proxy")
    told: dict[str, Any] = {}
    paths = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "src")])

    def live() -> None:
        script = ROOT / "tests/operations/topology_people.py"
        env = {**os.environ, "PYTHONPATH": paths}
        try:
            said = people.run(
                sys.executable, script, "http://proxy", str(PEOPLE), str(SECONDS), env=env
            )
            told.update(json.loads(said.splitlines()[-1]))
        except AssertionError as error:
            told["wrong"] = [str(error)]

    crowd = threading.Thread(target=live)
    crowd.start()
    until(lambda: (people.folder / "joined").exists() or not crowd.is_alive(), lambda: str(told))
    ended = []
    for web in webs:
        # A rolling restart, as an update does it.
        time.sleep(SECONDS / 4)
        ended.append(web.end())
        web.start(*RUN, "serve", env=composed("web", web.folder))
        until(lambda web=web: '"ok"' in fetched(people, f"http://{web.name}:8000/health/ready"),
              web.last_words)  # fmt: skip
    crowd.join()
    assert told["wrong"] == []
    assert told["ready"] == told["promised"] >= PEOPLE
    assert told["told"] > PEOPLE
    # Neither is for people; the port behind them answers.
    assert told["edge"] == {"/metrics": 404, "/health/ready": 404}
    token = SECRETS["GLOSSATOR_METRICS_TOKEN"]
    assert "glossator_part_up" in fetched(people, "http://web1:8000/metrics", token)
    assert fetched(people, "http://web1:8000/metrics", "another") == ""
    up = targets(watching)
    assert up == {f"{NETWORK}.21:8000", f"{NETWORK}.22:8000", f"{NETWORK}.31:8001"}
    assert database.processes[0].poll() is None
    counted = ", ".join(f"{name}: {n}" for name, n in sorted(told["answers"].items()))
    seconds = " and ".join(f"{each:.1f}" for each in ended)
    figures(f"servers and worker ready {ready:.0f} s after Postgres' initdb began; {counted}; "
            f"{told['promised']} documents promised and ready; servers ended after {seconds} s; "
            f"{len(up)} targets up in Prometheus")  # fmt: skip


def proxy(network: Network) -> Host:
    """Caddy with deploy/Caddyfile; no certificate, for nobody could check it."""
    host = network.host("proxy", 40)
    env = environment(host.folder, SITE_ADDRESS="http://proxy", XDG_DATA_HOME=str(host.folder),
                      XDG_CONFIG_HOME=str(host.folder))  # fmt: skip
    # Port 80 is for whoever may have it, as in Caddy's image.
    host.start("caddy", "run", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile",
               env=env, bare=False)  # fmt: skip
    return host


def prometheus(network: Network) -> Host:
    """Prometheus with deploy/prometheus."""
    host = network.host("prometheus", 50)
    (host.folder / "secrets").mkdir()
    (host.folder / "secrets/metrics_token").write_text(SECRETS["GLOSSATOR_METRICS_TOKEN"])
    host.start("prometheus", f"--config.file={DEPLOY / 'prometheus/prometheus.yml'}",
               f"--storage.tsdb.path={host.folder / 'data'}", env=os.environ)  # fmt: skip
    return host


def targets(host: Host) -> set[str]:
    """What Prometheus reaches, when it has looked at all of it."""
    found: list[dict[str, Any]] = []

    def looked() -> bool:
        said = fetched(host, "http://127.0.0.1:9090/api/v1/targets")
        found[:] = json.loads(said)["data"]["activeTargets"] if said else []
        return len(found) == 3 and all(each["health"] == "up" for each in found)

    until(looked, lambda: f"{found} {host.last_words()}")
    return {each["labels"]["instance"] for each in found}
