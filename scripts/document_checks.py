"""Write docs/checks.md: every finding code, from what its module says and from its bad file."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kgzsl.checks import CHECKS, severity_of  # noqa: E402
from kgzsl.checks.titles import about  # noqa: E402
from tests.checks.bad_files import FILES, FOLDER, examined  # noqa: E402

PAGE = ROOT / "docs/checks.md"
EXPECT = re.compile(r"\s*# expect: .*$", re.MULTILINE)
HEAD = """# What `kgzsl check` finds

<!-- Written by scripts/document_checks.py from the modules in kgzsl/checks and the files in tests/data/checks. -->

```sh
kgzsl check ontologies/animals.ttl ontologies/animals-attributes.csv
kgzsl check --recipe graphs/animals.toml
kgzsl check ontologies/animals.ttl --shapes ontologies/shapes.ttl --format github
```

Each finding has a code, a severity, a file and a line, what is wrong, and where it can be said a fix. Files that
cannot be read are findings too, and the others are checked all the same. With `--recipe` it is known which classes are
seen, which relations carry classifiers and what vectors are made of; some codes need that, and others become sharper.

| option | |
|---|---|
| `--format` | `lines`, `table`, `json` (or `--json`), `sarif` (2.1.0), `github` (annotations of a pull request) |
| `--show` | leave out what is less grave than `error`, `warning` or `info` |
| `--fail-on` | exit code 1 from this severity on; `warning` unless told otherwise |
| `--off W02,W16` | leave codes out |
| `--shapes FILE` | run SHACL shapes too |

Exit codes: 0 nothing so grave, 1 findings, 2 bad input (no such file, no such code).

A code is switched off for one line by a comment on it or above it, `# kgzsl: ignore W02`; for a file by
`# kgzsl: ignore-file W02`; for a project in its recipe:

```toml
[check]
off = ["W16", "I02"]
shapes = ["../ontologies/shapes.ttl"]    # SHACL, run every time; paths count from the recipe
```

`update`, `train` and `watch` refuse an ontology with an E finding and say the same words; W, I and S are told by
`check` alone. In Python: `kgzsl.checks.check(graph, seen, "EWI", recipe)`.

"""


def page() -> str:
    """Return the page as Markdown."""
    rows = [f"| [{code}](#{code.lower()}) | {severity_of(code)} | {about(code).title} |" for code in CHECKS]
    table = "\n".join(["| code | severity | finding |", "|---|---|---|", *rows])
    modules = list(dict.fromkeys(CHECKS.values()))
    sections = [section([code for code, module in CHECKS.items() if module == one]) for one in modules]
    return HEAD + table + "\n\n" + "\n".join(sections)


def section(codes: list[str]) -> str:
    """Return what is said of the codes of one module, with an example of each."""
    said = about(codes[0])
    title = said.title[0].upper() + said.title[1:]
    text = f"## {codes[0]}\n\n**{title}.**\n\n{said.text}\n\n{example(codes[0])}"
    return text + "".join(f"\n### {code}\n\n{example(code)}" for code in codes[1:])


def example(code: str) -> str:
    """Return the blocks of the bad file that are wrong, and what is said of them."""
    text = FILES[code].read_text(encoding="utf8")
    blocks = [EXPECT.sub("", block) for block in text.split("\n\n") if "# expect: " in block]
    here = os.path.relpath(FOLDER, PAGE.parent)
    told = "\n".join(str(f._replace(file=FILES[code].name)) for f in examined(FILES[code]) if f.code == code)
    told = re.sub(r"  # expect: [A-Z]\d\d", "", told.replace(f"{FOLDER}{os.sep}", ""))
    shown = "\n\n".join(block.strip() for block in blocks)
    return f"[{FILES[code].name}]({here}/{FILES[code].name}):\n\n```turtle\n{shown}\n```\n\n```text\n{told}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
