"""Time of `kgzsl --help` against the time of `import torch`, paired in one run.

Usage: python benchmarks/imports.py [REPEATS]
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

COMMANDS = {"kgzsl --help": ["-m", "kgzsl", "--help"], "kgzsl graph stats": ["-m", "kgzsl", "graph", "stats"],
            "import torch": ["-c", "import torch"]}  # fmt: skip
repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
times: dict[str, list[float]] = {name: [] for name in COMMANDS}
for _ in range(repeats):
    for name, words in COMMANDS.items():
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, capture_output=True)
        times[name].append(time.perf_counter() - start)
for name, values in times.items():
    ratio = median(a / b for a, b in zip(values, times["import torch"], strict=True))
    print(f"{name:20} {median(values):6.2f} s, {ratio:.2f} of importing torch (paired median of {repeats})")
