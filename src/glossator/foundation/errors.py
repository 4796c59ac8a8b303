"""Errors that carry their own answer.

    GlossatorError                500  internal
    ├── BadRequest                400  bad-request
    │   └── UnknownReference      400  unknown-reference   an id in a body that isn't there
    ├── Unauthorized              401  unauthorized        no token, or one that isn't accepted
    ├── Forbidden                 403  forbidden           the role doesn't suffice
    ├── NotFound                  404  not-found           an id in a path that isn't there
    ├── Conflict                  409  conflict
    ├── TooLarge                  413  too-large, storage-full
    ├── Unsupported               415  unsupported-type    a kind of file that can't be read
    ├── Unusable                  422  unusable-input      input that parses but can't be used
    ├── TooMany                   429  quota-exceeded      a limit is reached; says when it renews
    │   └── BudgetSpent           429  budget-spent        the day's money is (usage/money.py)
    ├── Unavailable               503  unavailable         a part we need doesn't answer
    │   └── ModelsStopped         503  models-stopped      switched off (usage/switch.py)
    └── DiskFull                  507  disk-full           the server has no room left

`type` is the problem's type in RFC 9457 documents (a relative reference), `title` the same
for every error of a class, `detail` the sentence a person can act on. A detail never holds
a stack trace, a secret, SQL or a provider's raw text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class GlossatorError(Exception):
    """Something we can explain; `detail` says what happened and what to do.

    `headers` go with the answer, `members` into its problem document.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = dict(members or {})


class BadRequest(GlossatorError):
    """The request can't be carried out as it was put."""

    status = 400
    type = "bad-request"
    title = "The request can't be carried out"


class UnknownReference(BadRequest):
    """An id inside the request names nothing that the caller may use."""

    type = "unknown-reference"
    title = "Something named in the request doesn't exist"


class Unauthorized(GlossatorError):
    """Nobody has signed in, or the token isn't accepted."""

    status = 401
    type = "unauthorized"
    title = "Sign in first"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail, headers={"www-authenticate": "Bearer", **(headers or {})})


class Forbidden(GlossatorError):
    """The caller's role doesn't suffice."""

    status = 403
    type = "forbidden"
    title = "Not allowed"


class NotFound(GlossatorError):
    """An id in the path names nothing that the caller may see."""

    status = 404
    type = "not-found"
    title = "Not found"


class Conflict(GlossatorError):
    """The thing is in another state than the request needs."""

    status = 409
    type = "conflict"
    title = "Not possible right now"


class TooLarge(GlossatorError):
    """The request or file is larger than this server takes."""

    status = 413
    type = "too-large"
    title = "Too large"


class Unsupported(GlossatorError):
    """The file's kind isn't one that can be read."""

    status = 415
    type = "unsupported-type"
    title = "This kind of file can't be read"


class Unusable(GlossatorError):
    """The input was understood but can't be used."""

    status = 422
    type = "unusable-input"
    title = "The input can't be used"

    def __init__(
        self, detail: str, *, field: str = "body", members: Mapping[str, Any] | None = None
    ) -> None:
        errors = [{"field": field, "message": detail}]
        super().__init__(detail, members={**(members or {}), "errors": errors})


class TooMany(GlossatorError):
    """A limit is reached."""

    status = 429
    type = "quota-exceeded"
    title = "The limit is reached"


class Unavailable(GlossatorError):
    """A part that the request needs doesn't answer."""

    status = 503
    type = "unavailable"
    title = "Not available right now"


class DiskFull(GlossatorError):
    """The server, not the caller's share of it, has no room left."""

    status = 507
    type = "disk-full"
    title = "The server has no room left"


class MayPass(Exception):
    """A failure outside of us and of what was asked; the same call may succeed later."""
