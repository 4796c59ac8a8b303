"""The audit notices what it is there for: licences, starters, secrets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import audit  # noqa: E402

# In two parts, so that the audit finds none here.
KEYS = (
    ("AKIA", "IOSFODNN7EXAMPLE"), ("sk-ant-", "api03-" + "a" * 40), ("ghp_", "a" * 36),
    ("hf_", "a" * 34), ("-----BEGIN RSA PRIVATE", " KEY-----\n" + "M" * 64),
    ("postgresql://me:", "correcthorse@db.example/x"), ("AIza", "b" * 35), ("glpat-", "c" * 20),
)  # fmt: skip


@pytest.mark.parametrize("parts", KEYS, ids=lambda parts: parts[0])
def test_a_key_is_noticed_and_not_repeated(parts: tuple[str, str]):
    key = "".join(parts)
    (found,) = audit.secrets(iter([("a.py", f'x = "{key}"')]), frozenset())
    assert key not in found
    known = frozenset({found[found.index("(") + 1 : -1]})
    assert audit.secrets(iter([("a.py", key)]), known) == []


def test_what_is_no_key_is_none():
    for text in ("sk-learn", "postgresql://me:PASSWORD@host/x", "postgresql://host/x", "ghp_short",
                 "-----BEGIN PRIVATE KEY-----"):  # fmt: skip
        assert audit.secrets(iter([("a", text)]), frozenset()) == []


def test_which_licences_may_be_passed_on():
    for good in ("MIT", "Apache-2.0 AND MIT", "GPL-3.0-only OR MIT", "(MIT) AND (0BSD)"):
        assert audit.is_allowed(good), good
    for bad in ("GPL-3.0-only", "AGPL-3.0-or-later", "MIT AND LGPL-3.0", "", "unknown"):
        assert not audit.is_allowed(bad), bad


def test_what_differs_is_told(tmp_path: Path):
    lock = "click==1.0 ; x \\\n    --hash=sha256:" + "0" * 64 + "\n"
    packages = audit.locked(lock)
    assert [(p.name, p.version, p.hashes) for p in packages] == [("click", "1.0", ("0" * 64,))]
    (tmp_path / "evil.pth").write_text("import os; os.getcwd()\n", "utf-8")
    (tmp_path / "paths.pth").write_text("src\n", "utf-8")
    starts = list(audit.starters(tmp_path))
    assert [line.split()[:2] for line in starts] == [["starts", "evil.pth"]]
    assert len(audit.findings(packages, frozenset(), tmp_path)) == 2
    good = frozenset({*starts, "licence click BSD-3-Clause"})
    assert audit.findings(packages, good, tmp_path) == []
    (tmp_path / "evil.pth").write_text("import os; os.abort()\n", "utf-8")
    assert len(audit.findings(packages, good, tmp_path)) == 1
    changed = frozenset({*audit.starters(tmp_path), "licence click MIT"})
    assert audit.findings(packages, changed, tmp_path) == [
        "licence click was MIT and is BSD-3-Clause"
    ]


def test_the_bill_names_every_locked_package():
    packages = audit.locked(audit.LOCK.read_text("utf-8"))
    told = audit.bill(packages)
    assert told["bomFormat"] == "CycloneDX"
    components = {part["purl"] for part in told["components"]}
    assert components == {f"pkg:pypi/{p.name}@{p.version}" for p in packages}
    assert all(part["externalReferences"] for part in told["components"])
    assert not any(name in str(components) for name in ("litellm", "langchain"))
