"""Count in how many paragraphs each word piece stands; writes retrieval/piece_idf.npy.

    python scripts/count_pieces.py PATH…

PATHs are folders or files of Markdown, text, or JSON lines with a field `text`. The file that
is kept was made from the paragraphs of SQuAD's passages and four open textbooks (see
docs/decisions/0005); only counts are kept, no text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from glossator.library.plain import plain

SOURCE = Path(__file__).parents[1] / "src/glossator"
OUT = SOURCE / "retrieval/piece_idf.npy"
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def paragraphs(path: Path) -> Iterator[str]:
    """Prose paragraphs of at least six words."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.suffix == ".jsonl":
            for line in file.read_text("utf-8").splitlines():
                yield json.loads(line)["text"]
        elif file.suffix in {".md", ".mdx", ".txt"} and file.is_file():
            for part in re.split(r"\n\s*\n", FENCE.sub("", file.read_text("utf-8", "replace"))):
                text = plain(part)
                if len(text.split()) >= 6 and not text.startswith(("import ", "<", "---")):
                    yield text


def main() -> None:
    """Count and write."""
    bundle = SOURCE / "gateways/embedders/minilm/tokenizer.json"
    tokenizer = Tokenizer.from_file(str(bundle))
    tokenizer.no_truncation()
    df = np.zeros(tokenizer.get_vocab_size(), dtype=np.float64)
    total = 0
    for path in sys.argv[1:]:
        for text in paragraphs(Path(path)):
            df[np.unique(tokenizer.encode(text, add_special_tokens=False).ids)] += 1
            total += 1
    idf = np.log((total + 1) / (df + 0.5))
    np.save(OUT, idf.astype(np.float16))
    sys.stdout.write(f"{total} paragraphs, {int((df > 0).sum())} pieces seen\n")


if __name__ == "__main__":
    main()
