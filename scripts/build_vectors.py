"""Write graphs/objects/vectors.npz: sentence vectors of every concept of the bundled ontologies.

Usage: python scripts/build_vectors.py
"""

from __future__ import annotations

from pathlib import Path

from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.semantics.text import TextSource

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    source = TextSource("minilm")
    files = sorted((ROOT / "ontologies").glob("*.ttl"))
    texts = {c.text for file in files for c in build_graph(read_ontology(file)).concepts.values()}
    source.add(sorted(texts))
    source.save(ROOT / "graphs/objects/vectors.npz")
    print(f"wrote {len(texts)} vectors")


if __name__ == "__main__":
    main()
