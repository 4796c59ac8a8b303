"""Frames of a page, and the animated WebP made of them; Chromium compresses every frame.

The container is as RFC 9649 (2024) describes it: `RIFF`, an extended header, the loop's settings,
and one `ANMF` chunk a frame. A frame holds only the rectangle that changed.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import CDPSession, Page

# Chromium's own picture of the window, compared here by its bytes: equal pages give equal bytes.
_CHANGED = """([before, after]) => {
  const drawn = async (data) => {
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return canvas.getContext("2d").getImageData(0, 0, picture.width, picture.height);
  };
  return Promise.all([drawn(before), drawn(after)]).then(([one, other]) => {
    const a = new Uint32Array(one.data.buffer), b = new Uint32Array(other.data.buffer);
    let [left, top, right, bottom] = [one.width, one.height, -1, -1];
    for (let at = 0; at < a.length; at += 1) {
      if (a[at] === b[at]) continue;
      const x = at % one.width, y = (at - x) / one.width;
      left = Math.min(left, x); right = Math.max(right, x);
      top = Math.min(top, y); bottom = Math.max(bottom, y);
    }
    return right < 0 ? null : [left, top, right + 1, bottom + 1];
  });
}"""
# The container counts places in pairs of pixels.
_PAIR = 2


@dataclass(slots=True)
class _Frame:
    x: int
    y: int
    width: int
    height: int
    milliseconds: int
    webp: bytes


class Film:
    """Collects frames of `page`, whose window is `width` x `height` CSS px at a scale of 1.

    `helper` is a page that compares pictures: the filmed page's policy forbids it nothing, but
    what is measured there must not change what is seen.
    """

    def __init__(self, page: Page, helper: Page, *, quality: int = 72) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._helper = helper
        self._quality = quality
        size = page.viewport_size or {"width": 1280, "height": 800}
        self.width, self.height = size["width"], size["height"]
        self.frames: list[_Frame] = []
        self._last = ""

    def _shot(self, kind: str, clip: dict[str, float] | None = None) -> str:
        more = {"quality": self._quality} if kind == "webp" else {"optimizeForSpeed": True}
        clipped = {"clip": {**clip, "scale": 1}} if clip else {}
        told = self._session.send("Page.captureScreenshot", {"format": kind, **more, **clipped})
        return str(told["data"])

    def frame(self, milliseconds: int) -> None:
        """Show the page as it stands for so long; what hasn't changed is only shown longer."""
        shot = self._shot("png")
        box = [0, 0, self.width, self.height]
        if self.frames:
            changed = self._helper.evaluate(_CHANGED, [self._last, shot])
            if changed is None:
                self.frames[-1].milliseconds += milliseconds
                return
            box = changed
        self._last = shot
        x, y = box[0] // _PAIR * _PAIR, box[1] // _PAIR * _PAIR
        width, height = box[2] - x, box[3] - y
        clip = {"x": x, "y": y, "width": width, "height": height}
        webp = base64.b64decode(self._shot("webp", clip))
        self.frames.append(_Frame(x, y, width, height, milliseconds, webp))

    def save(self, path: Path) -> int:
        """Write the film, which begins anew for ever; how many bytes it has."""
        size = _three(self.width - 1) + _three(self.height - 1)
        body = _chunk(b"VP8X", b"\x02\0\0\0" + size)
        body += _chunk(b"ANIM", b"\xff\xff\xff\xff" + struct.pack("<H", 0))
        body += b"".join(_chunk(b"ANMF", _framed(frame)) for frame in self.frames)
        whole = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
        path.write_bytes(whole)
        return len(whole)


def still(page: Page, path: Path, *, quality: int = 82) -> int:
    """Write a picture of the window as WebP; how many bytes it has."""
    session = page.context.new_cdp_session(page)
    told = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
    session.detach()
    picture = base64.b64decode(told["data"])
    path.write_bytes(picture)
    return len(picture)


def _three(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _framed(frame: _Frame) -> bytes:
    head = _three(frame.x // _PAIR) + _three(frame.y // _PAIR)
    head += _three(frame.width - 1) + _three(frame.height - 1) + _three(frame.milliseconds)
    # Nothing to blend with and nothing to clear: a frame covers what was there.
    return head + b"\x02" + _pictured(frame.webp)


def _pictured(webp: bytes) -> bytes:
    """The chunks of a still picture that hold its pixels."""
    kept, at = b"", 12
    while at < len(webp):
        name, size = webp[at : at + 4], struct.unpack("<I", webp[at + 4 : at + 8])[0]
        if name in (b"VP8 ", b"VP8L", b"ALPH"):
            kept += webp[at : at + 8 + size + size % 2]
        at += 8 + size + size % 2
    return kept
