"""From saving an edited file to the new answer: milliseconds of each stage, and propagation against a full one.

Usage: python benchmarks/update.py [LEARNER] [REPEATS]

One class is appended with a new gloss each time, so that the encoder works; figures are medians.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path
from statistics import median

import kgzsl
from kgzsl.cli.demo import working_copy

name = sys.argv[1] if len(sys.argv) > 1 else "kernel"
repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 10
warnings.simplefilter("ignore")
stages: dict[str, list[float]] = {}
with tempfile.TemporaryDirectory() as folder:
    source, block = working_copy(Path(folder))
    text = source.read_text()
    options = {"epochs": 10} if name == "gcn" else None
    engine = kgzsl.train("graphs/objects.toml", learner=name, options=options, ontologies=[source])
    x = kgzsl.load_features("graphs/objects/caltech101_lite0_int8_demo.npz").X[:1]
    engine.state.space.source.warm()
    for k in range(repeats + 2):
        edited = block.replace("similar", "in its way number " + "i" * k + " similar")
        start = time.perf_counter()
        source.write_text(text + edited)
        done = engine.update()
        engine.predict(x)
        total = 1000 * (time.perf_counter() - start)
        if k > 1:  # two rounds to warm caches and the encoder
            for stage, ms in (*done.milliseconds.items(), ("saved to answered", total)):
                stages.setdefault(stage, []).append(ms)
            begin = time.perf_counter()
            engine.learner.propagate(engine.state.space)
            stages.setdefault("full propagation", []).append(1000 * (time.perf_counter() - begin))
        if k == repeats:
            text = text.replace("an even-toed", "even-toed")
print(f"{name}: {repeats} edits of one class among {len(engine.bank)}, medians in ms [least, most]")
for stage, values in stages.items():
    print(f"  {stage:18} {median(values):8.1f} [{min(values):.1f}, {max(values):.1f}]")
ratio = median(a / b for a, b in zip(stages["full propagation"], stages["propagate"], strict=True))
print(f"  full / incremental propagation: {ratio:.1f}, paired median")
