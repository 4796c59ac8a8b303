"""sentence-transformers in a process of its own, so that torch stays out of this environment.

Run by `bench.encoder` with the interpreter of an environment that holds torch. Reads one request
a line, {"texts": [...], "threads": 1, "save": path or null}, and answers {"cpu_s": seconds}.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import torch
from sentence_transformers import SentenceTransformer


def main() -> None:
    """Answer requests until the input ends. The argument is the model's folder."""
    model = SentenceTransformer(sys.argv[1], device="cpu")
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        before = time.process_time()
        vectors = model.encode(request["texts"], show_progress_bar=False)
        taken = time.process_time() - before
        if request["save"]:
            np.save(request["save"], vectors)
        print(json.dumps({"cpu_s": taken}), flush=True)


if __name__ == "__main__":
    main()
