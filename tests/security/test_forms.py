"""Forms made to be expensive: each ends soon, in words, and leaves no file behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest

from security_tools import Small

END = b"\r\n--x--\r\n"
FILE = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
FORMS: Mapping[str, tuple[bytes, Callable[[], bytes]]] = {
    "lines before it begins": (b"x", lambda: b"\r\n" * 2_000_000 + FILE + b"a" + END),
    "letters before it begins": (b"x", lambda: b"a" * 4_000_000 + FILE + b"a" + END),
    "many files": (b"x", lambda: (FILE + b"a\r\n") * 20_000 + END),
    "many fields": (b"x", lambda: (FIELD + b"a\r\n") * 50_000 + END),
    "a long field": (b"x", lambda: FIELD + b"a" * 4_000_000 + END),
    "a long header": (b"x", lambda: b"--x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\na" + END),
    "many headers": (b"x", lambda: b"--x\r\n" + b"X: a\r\n" * 100_000 + b"\r\na" + END),
    "a long name": (b"x", lambda: FILE.replace(b"a.md", b"a" * 15_000) + b"a" + END),
    "almost ends": (b"x", lambda: FILE + b"\r\n--" * 500_000 + b"\r\n--y"),
    "almost ends in dashes": (b"-" * 70, lambda: b"-" * 4_000_000),
    "no end": (b"x", lambda: FILE + b"a" * 100_000),
    "a form in a form": (
        b"x",
        lambda: FILE.replace(b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n")
        + FILE * 1_000 + END,
    ),
    "quotes without end": (b"x", lambda: FILE.replace(b'a.md"', b'a\\"' * 5_000) + b"a" + END),
    "NUL everywhere": (b"x", lambda: FILE.replace(b"name=", b"na\0me=") + b"\0" * 1_000 + END),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_form_made_to_be_expensive_ends_soon(server: Small, name: str):
    boundary, make = FORMS[name]
    body = make()
    headers = {**server.user, "content-type": f"multipart/form-data; boundary={boundary.decode()}"}
    began = time.process_time()
    answer = server.client.post("/api/upload", content=body, headers=headers)
    assert time.process_time() - began < 4
    # Some are forms after all, with a file that has an odd name.
    assert answer.status_code == 202 or 400 <= answer.status_code < 500, answer.text
    folder = server.house.settings.data / "work"
    assert not folder.exists() or not list(folder.glob("upload-*"))


def test_a_boundary_of_no_use(server: Small):
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        f"multipart/form-data; boundary={'x' * 300}",
        "multipart/form-data; boundary*=utf-8''x",
    ):
        headers = {**server.user, "content-type": kind}
        answer = server.client.post("/api/upload", content=FILE + b"a" + END, headers=headers)
        assert 400 <= answer.status_code < 500, (kind, answer.text)
