"""What is installed and what stands in the repository: licences, starters, secrets, known faults.

`python scripts/audit.py` looks at the tree, offline, in a second; `--all` also at every commit,
writes the bill of materials and asks pip-audit where it is installed and the network lets it.
`--write` writes what was found into requirements/reviewed.txt, to be read before it is committed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements/runtime.txt"
# Scripts and styles of what builds the site are in the site.
SITE = ROOT / "requirements/docs.txt"
REVIEWED = ROOT / "requirements/reviewed.txt"
BILL = ROOT / "artifacts/sbom.json"

# What may be passed on with the program; LGPL, GPL and AGPL may not.
ALLOWED = frozenset(
    "MIT MIT-0 0BSD BSD-2-Clause BSD-3-Clause Apache-2.0 MPL-2.0 PSF-2.0 ISC Zlib CC0-1.0".split()
)
# As packages without a licence expression write them.
_WRITTEN = {
    "apache 2.0": "Apache-2.0", "apache-2.0": "Apache-2.0", "apache software license": "Apache-2.0",
    "mit": "MIT", "mit license": "MIT", "isc license": "ISC", "psf-2.0": "PSF-2.0",
    "3-clause bsd license": "BSD-3-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "isc license (iscl)": "ISC", "python software foundation license": "PSF-2.0",
    "bsd-3-clause, apache-2.0, dependency licenses": "BSD-3-Clause AND Apache-2.0",
    "mit, bsd": "MIT AND BSD-3-Clause", "mit or apache-2.0": "MIT OR Apache-2.0",
    "mpl-2.0 and mit": "MPL-2.0 AND MIT",
}  # fmt: skip
_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

# Keys of the providers, clouds and forges that this project or its people use.
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|sk-(?:ant-|or-|proj-)?[A-Za-z0-9_-]{24,}|gh[pousr]_[A-Za-z0-9]{36}"
    r"|github_pat_\w{40,}|glpat-[\w-]{20}|AIza[\w-]{35}|xox[abprs]-[\w-]{20,}"
    r"|hf_[A-Za-z0-9]{34}|pypi-[\w-]{60,}|npm_[A-Za-z0-9]{36}"
    r"|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"
    r"|postgres(?:ql)?(?:\+\w+)?://[\w.-]+:(?!PASSWORD|canary)[^@\s/\"'{}$<>]{6,}@"
)
_MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Package:
    """A locked package; `licence` is empty where it isn't installed here."""

    name: str
    version: str
    hashes: tuple[str, ...]
    licence: str


def locked(text: str) -> list[Package]:
    """The packages of a lock file, each version once."""
    found = list(_LOCKED.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [
        Package(
            match[1], match[2], tuple(_HASH.findall(text[match.end() : end])), licence_of(match[1])
        )
        for match, end in zip(found, ends, strict=True)
    ]


def licence_of(name: str) -> str:
    """The licence that an installed package says it has, as an SPDX expression."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    written = str(told.get("License") or "").strip().lower()
    if written in _WRITTEN:
        return _WRITTEN[written]
    classified = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if "License" in line
    ]
    return " OR ".join(_WRITTEN.get(line.lower(), line) for line in classified) or written


def is_allowed(expression: str) -> bool:
    """Whether all parts of a licence may be passed on, or one of alternatives."""
    return any(
        all(part.strip(" ()") in ALLOWED for part in choice.split(" AND "))
        for choice in expression.split(" OR ")
    )


def starters(folder: Path) -> Iterator[str]:
    """What runs by itself when Python starts here, and plugins that other packages load.

    Of `.pth` files only those with code count: one with paths alone runs nothing. Commands don't
    run by themselves.
    """
    for file in sorted([*folder.glob("*.pth"), *folder.glob("*customize.py")]):
        text = file.read_bytes()
        if file.suffix != ".pth" or re.search(rb"^import[ \t]", text, re.MULTILINE):
            yield f"starts {file.name} {hashlib.sha256(text).hexdigest()[:16]}"
    for distribution in metadata.distributions(path=[str(folder)]):
        for group in sorted(distribution.entry_points.groups):
            if group not in ("console_scripts", "gui_scripts"):
                yield f"plugin {distribution.name} {group}"


def tree() -> Iterator[tuple[str, str]]:
    """The tracked files and their texts, without large ones and pictures."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        print("This is no checkout of git, so nobody looked for secrets.")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < _MOST_BYTES:
            data = path.read_bytes()
            if b"\0" not in data[:8_000]:
                yield name, data.decode("utf-8", "replace")


def history() -> Iterator[tuple[str, str]]:
    """Every line that any commit has added."""
    logged = subprocess.run(
        ["git", "log", "--all", "-p", "--no-color", "--unified=0", "--format=commit %h"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    commit = ""
    for line in logged.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith("commit "):
            commit = line
        elif line.startswith("+"):
            yield commit, line


def secrets(texts: Iterator[tuple[str, str]], known: frozenset[str]) -> list[str]:
    """Where something looks like a secret; of itself only its hash is told."""
    found = []
    for name, text in texts:
        for match in SECRET.finditer(text):
            digest = hashlib.sha256(match[0].encode()).hexdigest()[:16]
            if f"example {digest}" not in known:
                found.append(f"{name}: {match[0][:6]}… looks like a secret (example {digest})")
    return sorted(set(found))


def bill(packages: Sequence[Package]) -> dict[str, object]:
    """The bill of materials (CycloneDX 1.6) of the locked packages."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "glossator"}},
        "components": [
            {
                "type": "library",
                "bom-ref": f"pkg:pypi/{package.name}@{package.version}",
                "name": package.name,
                "version": package.version,
                "purl": f"pkg:pypi/{package.name}@{package.version}",
                **({"licenses": [{"expression": package.licence}]} if package.licence else {}),
                "externalReferences": [
                    {
                        "type": "distribution",
                        "url": f"pkg:pypi/{package.name}@{package.version}",
                        "hashes": [{"alg": "SHA-256", "content": digest}],
                    }
                    for digest in package.hashes
                ],
            }
            for package in packages
        ],
    }


def known_faults() -> str:
    """What pip-audit says of the locked packages; a sentence where it can't be asked."""
    program = shutil.which("pip-audit", path=str(Path(sys.executable).parent)) or shutil.which(
        "pip-audit"
    )
    if program is None:
        return "pip-audit isn't installed, so known faults weren't looked up."
    done = subprocess.run(
        [program, "--requirement", str(LOCK), "--disable-pip", "--require-hashes",
         "--progress-spinner", "off"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode and "vulnerabilit" not in done.stderr + done.stdout:
        return f"pip-audit couldn't ask: {(done.stderr.strip().splitlines() or ['?'])[-1]}"
    return (done.stdout + done.stderr).strip()


def findings(packages: Sequence[Package], reviewed: frozenset[str], folder: Path) -> list[str]:
    """What differs from what was reviewed, and licences that aren't allowed."""
    found = []
    for package in packages:
        if package.licence and not is_allowed(package.licence):
            found.append(f"{package.name}: the licence {package.licence} isn't allowed")
        head = f"licence {package.name} "
        names = [line.removeprefix(head) for line in reviewed if line.startswith(head)]
        if not names:
            found.append(f"{head}{package.licence or '?'} wasn't reviewed")
        elif package.licence and names != [package.licence]:
            found.append(f"{head}was {names[0]} and is {package.licence}")
    found += [f"{line} wasn't reviewed" for line in starters(folder) if line not in reviewed]
    return found


def lines_of(packages: Sequence[Package], folder: Path, kept: frozenset[str]) -> list[str]:
    """The reviewed file's lines as of now; of what isn't installed here the old ones."""
    licences = {f"licence {found.name} {found.licence}" for found in packages if found.licence}
    named = {line.split()[1] for line in licences}
    old = {line for line in kept if line.split()[0] != "licence" or line.split()[1] not in named}
    return sorted({*licences, *starters(folder), *old})


def main() -> int:
    """Print what was found; 1 where it is something."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--all", action="store_true")
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    lines = REVIEWED.read_text("utf-8").splitlines() if REVIEWED.exists() else []
    reviewed = frozenset(line for line in lines if line and not line.startswith("#"))
    packages = locked(LOCK.read_text("utf-8"))
    every = list(
        {found.name: found for found in locked(SITE.read_text("utf-8")) + packages}.values()
    )
    folder = Path(sysconfig.get_path("purelib"))
    if given.write:
        head = [line for line in lines if line.startswith("#")]
        REVIEWED.write_text("\n".join([*head, *lines_of(every, folder, reviewed), ""]), "utf-8")
        return 0
    found = findings(every, reviewed, folder) + secrets(tree(), reviewed)
    if given.all:
        found += secrets(history(), reviewed)
        BILL.parent.mkdir(exist_ok=True)
        BILL.write_text(json.dumps(bill(packages), indent=1), "utf-8")
        print(f"{len(packages)} packages are in {BILL.relative_to(ROOT)}.")
        print(known_faults())
    for line in found:
        print(line)
    print("Nothing was found." if not found else "Read these; `--write` keeps what is all right.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
