"""Small books for tests, made by the same Markdown reader as real ones."""

from __future__ import annotations

from collections.abc import Mapping

from glossator.ingestion.canonical import build
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import BookSource, ChapterSource
from glossator.library.content import CanonicalText

SENSORS = """# Sensors

A sensor turns a physical quantity into a number that a computer can use. Every measurement
carries noise.

## Cameras

A stereo camera computes depth from the disparity between two pictures. The baseline is the
distance between the two lenses.

```python
depth = focal_length * baseline / disparity
```

## Lidar

A lidar sends short pulses of light and times their echo. One pulse takes 67 nanoseconds to
come back from a wall ten metres away.

| Sensor | Range | Price |
|--------|-------|-------|
| Lidar  | 100 m | high  |
| Sonar  | 5 m   | low   |
"""

CONTROL = """# Control

A controller compares the wanted state with the measured state and acts on the difference.

## The PID controller

The proportional term reacts to the present error. The integral term removes a lasting offset.
The derivative term damps the motion because it reacts to how fast the error changes.

$$
u(t) = K_p e(t) + K_i \\int e(t) dt + K_d \\frac{de(t)}{dt}
$$

## Tuning

1. Raise the proportional gain until the arm swings.
2. Add the derivative term until it settles.
"""

CHAPTERS = {"part-1/sensors": SENSORS, "part-1/control": CONTROL}


def content(markdown: str) -> CanonicalText:
    """The canonical text of some Markdown."""
    return build(markdown, slug=github_slugger())[0]


def chapter(chapter_id: str, markdown: str, **facts: object) -> ChapterSource:
    """A chapter; its title is the first heading's text unless given."""
    made = content(markdown)
    title = made.headings[0].text if made.headings else chapter_id
    known: dict[str, object] = {
        "title": title, "url_path": chapter_id, "source_path": f"{chapter_id}.md", **facts
    }  # fmt: skip
    return ChapterSource(chapter_id=chapter_id, content=made, **known)  # type: ignore[arg-type]


def book(
    chapters: Mapping[str, str] = CHAPTERS,
    *,
    title: str = "Robots",
    translations: tuple[ChapterSource, ...] = (),
    **facts: object,
) -> BookSource:
    """A book of Markdown texts by chapter id."""
    return BookSource(
        kind="plain",
        title=title,
        chapters=tuple(chapter(name, text) for name, text in chapters.items()),
        translations=translations,
        **facts,  # type: ignore[arg-type]
    )
