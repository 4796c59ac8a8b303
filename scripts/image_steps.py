"""Run the Dockerfile's steps in a clean folder, without a container engine; serve from the result.

    python scripts/image_steps.py [FOLDER]

Each absolute path of the image stands for one below the folder. What only a container can do is
left out and said: users, and the base image, for which this machine's Python stands in. Then the
last stage's command is started with its environment, asked for its health, and ended by SIGTERM.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "deploy/Dockerfile"
PATHS = re.compile(r"(?<![\w/.])/(?:opt/glossator|build|data)\b")
LEFT_OUT = ("groupadd", "useradd")
SECONDS = 90


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    found = [line.split(maxsplit=1) for line in lines if line.strip()]
    return [(word, rest) for word, rest in found]


def taken_along() -> list[str]:
    """What the ignore file lets into the build."""
    lines = DOCKERFILE.with_suffix(".dockerignore").read_text("utf-8").splitlines()
    return [line[1:] for line in lines if line.startswith("!")]


class Image:
    """What the steps have made by now, below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder
        self.environment: dict[str, str] = {}
        self.command: list[str] = []
        self.health: list[str] = []

    def inside(self, text: str) -> str:
        """Absolute paths of the image as those of the folder."""
        return PATHS.sub(lambda found: str(self.folder) + found[0], text)

    def step(self, word: str, rest: str) -> None:
        """Do one instruction."""
        match word:
            case "FROM":
                self.environment = {}
            case "ENV":
                for pair in shlex.split(rest):
                    name, _, value = pair.partition("=")
                    self.environment[name] = self.inside(value).replace("$PATH", os.environ["PATH"])
            case "WORKDIR":
                self.place = Path(self.inside(rest))
                self.place.mkdir(parents=True, exist_ok=True)
            case "COPY":
                self.copy(rest)
            case "RUN":
                self.run(rest)
            case "HEALTHCHECK":
                self.health = list(re.findall(r'"([^"]*)"', rest.partition("CMD")[2]))
            case "ENTRYPOINT" | "CMD":
                self.command += re.findall(r'"([^"]*)"', rest)
            case _:
                print(f"    left out: {word} {rest[:60]}")

    def copy(self, rest: str) -> None:
        """From the context; what another stage made is at its place already."""
        if rest.startswith("--from"):
            return
        *sources, target = rest.split()
        for source in sources:
            if not any(
                source == allowed or source.startswith(f"{allowed}/") for allowed in taken_along()
            ):
                sys.exit(f"{source} is kept out by the ignore file.")
            where = self.place / target / ("" if len(sources) == 1 else source)
            where.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, where, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, where)

    def run(self, rest: str) -> None:
        """One RUN; the parts of it that make users are left out."""
        parts = [part.strip() for part in rest.split("&&")]
        own = [part for part in parts if not part.startswith(LEFT_OUT)]
        own = [re.sub(r"--(owner|group) \d+ ", "", self.inside(part)) for part in own]
        for part in parts:
            if part.startswith(LEFT_OUT):
                print(f"    left out: {part[:60]}")
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.environment}
        began = time.monotonic()
        subprocess.run(["/bin/sh", "-ec", " && ".join(own)], cwd=self.place, env=clean, check=True)
        print(f"    {time.monotonic() - began:.1f} s")

    def serve(self) -> int:
        """Start it, ask for its health, end it; the exit status, or 1 where it isn't healthy."""
        settings = {**self.environment, "GLOSSATOR_PORT": "18099", "GLOSSATOR_HOST": "127.0.0.1"}
        clean = {**settings, "HOME": str(self.folder)}
        began = time.monotonic()
        process = subprocess.Popen(
            [shutil.which(self.command[0], path=clean["PATH"]) or "", *self.command[1:]],
            cwd=self.place, env=clean,
        )  # fmt: skip
        healthy = False
        while not healthy and process.poll() is None and time.monotonic() - began < SECONDS:
            time.sleep(0.2)
            program = shutil.which(self.health[0], path=clean["PATH"]) or ""
            asked = [program, *self.health[1:]]
            healthy = not subprocess.run(
                asked, env=clean, capture_output=True, check=False
            ).returncode
        print(f"    healthy: {healthy}, after {time.monotonic() - began:.1f} s")
        process.send_signal(signal.SIGTERM)
        return process.wait(40) if healthy else 1


def main() -> int:
    """Do all steps."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="image-"))
    image = Image(folder.resolve())
    for word, rest in instructions():
        print(f"{word} {rest[:100]}")
        image.step(word, rest)
    made = folder / "opt/glossator"
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    print(f"{size / 1e6:.0f} MB in {made}; " + " ".join(image.command))
    status = image.serve()
    print(f"ended with {status}")
    return status


if __name__ == "__main__":
    sys.exit(main())
