"""Writes the sample book's English chapters into `docs`, as plain Markdown without JSX."""

from pathlib import Path

from glossator.ingestion.readers.detect import read_sources
from glossator.settings import Settings
from glossator.shelf import read_limits

HERE = Path(__file__).parent
SAMPLE = HERE / "../../src/glossator/sample/physical-ai"


def main() -> None:
    """Write the pages, each with its title."""
    (book,) = read_sources([SAMPLE], read_limits(Settings()))
    for chapter in book.chapters:
        if chapter.language != "en":
            continue
        name = "index" if chapter.chapter_id == "intro" else chapter.chapter_id
        path = HERE / "docs" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = chapter.content.text
        titled = text if text.startswith("# ") else f"# {chapter.title}\n\n{text}"
        path.write_text(titled + "\n", "utf-8")


if __name__ == "__main__":
    main()
