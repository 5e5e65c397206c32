"""Top-10 of 21,000 classes × 1,280 features: time beside the machine's own limits, and memory of streamed predictions.

Usage: python benchmarks/resolve.py [batches] [recall] [stream] [index] [--rounds 9] [--classes 21000] [--cpu]
       [--out FILE.json]

All but `index` when none is named; that needs faiss, and takes 82,115 classes. On a busy machine --cpu with
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 compares processor time of one thread, which waiting for others does not touch.
OPENBLAS_NUM_THREADS=1 alone keeps numpy's threads from spinning beside torch's.

Every ratio is the median of ratios of rounds in which both sides were measured one after the other; a table is
Markdown. What is searched includes the chain's numbers per class (drawn here: calibrated stacking and a hubness
offset), selection, exact scoring of the shortlist and reading of inputs as they are. Data: `blend` has rows of the
bundled graph's bank mixed in pairs, with noise, and its photos; `clusters` has classes close together in 2,000 groups;
`noise` is Gaussian. `identical` compares columns and scores with all scores in double precision, rounded.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

import kgzsl
from kgzsl import testing
from kgzsl.bank import ClassifierBank
from kgzsl.graph import build_graph
from kgzsl.input_map import InputMap
from kgzsl.resolve.topk import TopK

ROOT = Path(__file__).parents[1]
WIDTH, K = 1280, 10
PARTS = ("batches", "recall", "stream", "index")
ENGINES = ("float32", "bfloat16", "int8")
WATCH = ("import resource, sys\nfrom kgzsl.cli.app import main\ntry:\n    main()\nfinally:\n"
         "    print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)")  # fmt: skip


def main() -> None:
    """Measure what is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--classes", type=int, default=21_000)
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    parts = asked.parts or PARTS[:3]
    found = {"threads": torch.get_num_threads(), "classes": asked.classes, "cpu": asked.cpu}
    clock = time.process_time if asked.cpu else time.perf_counter
    if "batches" in parts:
        found["batches"] = [row for n in (1, 16, 128, 1024) for row in batch(n, asked.classes, asked.rounds, clock)]
        table("Time", found["batches"])
    if "recall" in parts:
        found["recall"] = [row for name in ("blend", "clusters", "noise") for row in recall(name, asked.classes)]
        table("Answers", found["recall"])
    if "index" in parts:
        found["index"] = index()
        table("Approximate index, 512 inputs", found["index"])
    if "stream" in parts:
        found["stream"] = stream((100_000, 1_000_000))
        table("kgzsl predict --out answers.parquet", found["stream"])
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1) + "\n")


def data(name: str, classes: int, inputs: int = 1024) -> tuple[ClassifierBank, np.ndarray, np.ndarray]:
    """Return a bank, inputs and what a chain adds to each class."""
    draw = np.random.default_rng(0)
    noise = draw.standard_normal((classes, WIDTH)).astype(np.float32) / WIDTH**0.5
    if name == "noise":
        W, X = noise, draw.standard_normal((inputs, WIDTH))
    elif name == "clusters":
        centres = draw.standard_normal((2000, WIDTH)).astype(np.float32) / WIDTH**0.5
        W = centres[draw.integers(0, 2000, classes)] + 0.3 * noise
        X = W[draw.integers(0, classes, inputs)] + 0.7 * draw.standard_normal((inputs, WIDTH)) / WIDTH**0.5
    else:
        given = _objects().weights
        one, other = (given[draw.integers(0, len(given), classes)] for _ in range(2))
        share = draw.random((classes, 1), np.float32) / 2
        W = (1 - share) * one + share * other + 0.3 * noise
        photos = kgzsl.load_features(ROOT / "graphs/objects/caltech101_lite0_int8_demo.npz").X
        X = photos[draw.integers(0, len(photos), inputs)] * (1 + 0.05 * draw.standard_normal((inputs, WIDTH)))
    W = (W / np.linalg.norm(W, axis=1, keepdims=True)).astype(np.float32)
    seen = draw.random(classes) < 0.05
    bank = ClassifierBank(tuple(f"c{k}" for k in range(classes)), W, np.zeros(classes, np.float32), seen, InputMap())
    return bank, X.astype(np.float32), 0.01 * draw.standard_normal(classes) - 0.05 * seen


def _objects(known: list[ClassifierBank] = []) -> ClassifierBank:  # noqa: B006
    if not known:
        known.append(kgzsl.train(ROOT / "graphs/objects.toml").bank)
    return known[0]


def batch(n: int, classes: int, rounds: int, clock: Callable[[], float]) -> list[dict]:
    """Return time of each engine beside the product alone, plain float32 and what memory could deliver."""
    bank, X, offset = data("blend", classes)
    search, W = TopK(bank, np.arange(classes)), torch.from_numpy(bank.weights)
    Z = bank.input_map(X)
    ways = {
        "product": lambda z, x: z @ bank.weights.T,
        "product, torch": lambda z, x: torch.from_numpy(z) @ W.T,
        "read": lambda z, x: W.view(-1).sum(),
        "plain float32": lambda z, x: plain(torch.from_numpy(z @ bank.weights.T), offset),
        "plain float32, torch": lambda z, x: plain(torch.from_numpy(z) @ W.T, offset),
    } | {name: (lambda z, x, name=name: search.top(x, K, offset, name)) for name in ENGINES}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for r in range(-1, rounds):
        at = (np.arange(n) + r * n) % len(X)
        for name, way in ways.items():
            repeats = 1 if n >= 128 else 8
            start = clock()
            for _ in range(repeats):
                way(Z[at], X[at])
            if r >= 0:
                times[name].append(1000 * (clock() - start) / repeats)
    product = np.minimum(times["product"], times["product, torch"])
    quickest = np.minimum(times["plain float32"], times["plain float32, torch"])
    rows = []
    for name, spent in times.items():
        row = {"batch": n, "way": name, "ms": statistics.median(spent)}
        row["part of the product's rate"] = float(np.median(product / spent))
        row["part of bandwidth (float32's bytes)"] = float(np.median(np.array(times["read"]) / spent)) if n == 1 else ""
        row["times plain float32"] = float(np.median(quickest / spent))
        row["times certified float32"] = float(np.median(np.array(times["float32"]) / spent))
        rows.append(row)
    return rows


def plain(scores: torch.Tensor, offset: np.ndarray) -> torch.Tensor:
    """Return the top-10 as it is usually done, what the chain adds included."""
    return scores.add_(torch.from_numpy(offset.astype(np.float32))).topk(K).indices


def recall(name: str, classes: int, inputs: int = 512) -> list[dict]:
    """Return whether certified answers are the definition's, and what uncertified ones lose."""
    bank, X, offset = data(name, classes, inputs)
    search, Z = TopK(bank, np.arange(classes)), bank.input_map(X)
    exact = (Z.astype(np.float64) @ bank.weights.astype(np.float64).T + offset).astype(np.float32)
    wanted = np.argsort(-exact, axis=1, kind="stable")[:, :K]
    best = np.take_along_axis(exact, wanted, axis=1)
    rows = []
    for engine in ENGINES:
        found = search.top(X, K, offset, engine)
        near, hit1, hit10 = [], [], []
        for start in range(0, inputs, 128):
            at = slice(start, start + 128)
            bounds = search.first(engine).bounds(Z[at], offset)
            upper = np.asarray(bounds.values, np.float64) * np.asarray(bounds.unit)[:, None] + bounds.slack[:, None]
            near += (upper >= best[at, -1:]).sum(axis=1).tolist()
            # of rows of one length all bounds are as wide, so that their order is that of the rounded products
            order = torch.as_tensor(bounds.values).topk(K).indices.numpy()
            hit1 += (order[:, 0] == wanted[at, 0]).tolist()
            hit10 += [len(set(a) & set(b)) / K for a, b in zip(order, wanted[at], strict=True)]
        rows.append({
            "data": name, "engine": engine, "identical": float(np.mean(
                (found.columns == wanted).all(axis=1) & (found.scores == best).all(axis=1))),
            "scored exactly, mean": float(np.mean(near)), "most": int(max(near)),
            "plain recall@1": float(np.mean(hit1)), "plain recall@10": float(np.mean(hit10)),
        })  # fmt: skip
    return rows


def index(classes: int = 82_115, inputs: int = 512) -> list[dict]:
    """Return what an approximate index of all noun synsets of WordNet would save, and what it would miss."""
    from kgzsl.resolve.approximate import ApproximateIndex

    rows = []
    for name in ("blend", "clusters"):
        bank, X, offset = data(name, classes, inputs)
        at = np.arange(classes)
        start = time.perf_counter()
        made = ApproximateIndex(bank, at, offset)
        built, search = time.perf_counter() - start, TopK(bank, at)
        search.top(X, K, offset)
        for probes in (4, 16, 64):
            made._index.nprobe = probes
            times = {"exact": [], "index": []}
            for _ in range(5):
                for way, find in (("exact", search.top), ("index", made.search)):
                    begin = time.perf_counter()
                    find(X, K, *([offset] if way == "exact" else []))
                    times[way].append(1000 * (time.perf_counter() - begin))
            rows.append({"data": name, "lists searched": probes, "built in s": built, "exact ms": min(times["exact"]),
                         "index ms": min(times["index"]),
                         "times exact": float(np.median(np.array(times["exact"]) / times["index"])),
                         "recall@1": made.recall(X, 1), "recall@10": made.recall(X, K)})  # fmt: skip
    return rows


def stream(sizes: tuple[int, ...]) -> list[dict]:
    """Return time and peak memory of `kgzsl predict` on generated features of a small world."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        sources = [str(ROOT / "ontologies/animals.ttl"), str(ROOT / "ontologies/animals-attributes.csv")]
        graph = build_graph(kgzsl.read_ontology(sources))
        features = testing.synthetic_features(graph, per_class=12, width=64)
        engine = kgzsl.train(testing.recipe_of(Path(sources[0]), ontologies=sources), features.X, features.labels)
        engine.save(place / "a.kgzsl")
        for size in sizes:
            schema = pa.schema([(f"x{k}", pa.float32()) for k in range(64)])
            with parquet.ParquetWriter(place / "x.parquet", schema) as writer:
                draw = np.random.default_rng(0)
                for start in range(0, size, 100_000):
                    X = features.X[draw.integers(0, len(features), min(100_000, size - start))]
                    writer.write_table(pa.table({f"x{k}": X[:, k] for k in range(64)}, schema))
            words = ["predict", "a.kgzsl", "x.parquet", "--out", "out.parquet"]
            start = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", WATCH, *words], cwd=place, capture_output=True, text=True,
                                  check=True)  # fmt: skip
            peak = int(done.stdout.rpartition("PEAK ")[2]) / 1024
            rows.append({"inputs": size, "file MB": (place / "x.parquet").stat().st_size / 1e6,
                         "seconds": time.perf_counter() - start, "peak MiB": peak,
                         "answers": parquet.read_metadata(place / "out.parquet").num_rows})  # fmt: skip
    return rows


def table(title: str, rows: list[dict]) -> None:
    """Print rows as Markdown."""
    print(f"\n{title}\n\n| {' | '.join(rows[0])} |\n|{'---|' * len(rows[0])}")
    for row in rows:
        cells = (f"{v:,.3f}" if isinstance(v, float) else f"{v:,}" if isinstance(v, int) else v for v in row.values())
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
