"""Write ontologies/animals.ttl and animals-attributes.csv: 50 animals, their taxonomy and 85 attributes.

Usage: python scripts/build_animals.py AWA2.mat KG-AwA.ttl awa2-split.json [WORDNET_DIR]

The strengths are those of Animals with Attributes 2 (Xian et al. 2019), divided by 100; unknown ones are left empty.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from itertools import combinations
from pathlib import Path

from build_objects import ROOT, block, curie
from scipy.io import loadmat

from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.wndb import read_dictionary

HEAD = """\
# Fifty animals, the WordNet 3.0 nouns above them, and which families are disjoint.
# WordNet 3.0 Copyright 2006 by Princeton University; see WORDNET-LICENSE beside this file.
# Their attributes are in animals-attributes.csv; the same fact can stand here as one line:
#
# wn:n02391049 att:stripes 0.98 .
#
# where att:stripes is an attribute because of
#
# att:stripes a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .
"""


def main(mat: str, kg: str, split: str, wordnet: str = "/usr/share/wordnet") -> None:
    animals = classes(mat, split)
    synsets: dict[str, dict[str, list[str]]] = {}
    for fact in read_dictionary(Path(wordnet)):
        value = fact.object if isinstance(fact.object, str) else fact.object.value
        synsets.setdefault(fact.subject, {}).setdefault(fact.predicate, []).append(value)
    inside: set[str] = set()
    todo = list(animals)
    while todo:
        node = todo.pop()
        if node not in inside:
            inside.add(node)
            todo += synsets[node].get(v.SUBCLASS, [])
    prefixes = "".join(f"@prefix {p}: <{v.PREFIXES[p]}> .\n" for p in ("owl", "rdfs", "skos", "kg", "wn", "att"))
    # what an animal has is told by its attributes: meronyms would name fillers that this slice lacks
    taxonomy = {node: {p: o for p, o in synsets[node].items() if not p.startswith(v.KG)} for node in inside}
    blocks = [block(taxonomy[node], node, True) for node in sorted(inside)]
    pairs = "".join(f"{curie(a)} owl:disjointWith {curie(b)} .\n" for a, b in disjoint(taxonomy, set(animals)))
    text = "\n".join([HEAD, prefixes, *blocks, pairs])
    (ROOT / "ontologies/animals.ttl").write_text(text, encoding="utf8")
    write_table(animals, attribute_names(kg), loadmat(mat)["original_att"].T, synsets)


def classes(mat: str, split: str) -> list[str]:
    """Return the IRIs of the 50 animals in the order of the matrix."""
    parts = json.loads(Path(split).read_text())
    wnid = dict(zip(parts["train_names"] + parts["test_names"], parts["train"] + parts["test"], strict=True))
    return [v.WN + wnid[str(name[0][0])] for name in loadmat(mat)["allclasses_names"]]


def attribute_names(kg: str) -> list[str]:
    """Return the names of a001 … a085, fit for IRIs."""
    names = {}
    for fact in read_ontology(kg):
        local = v.local_name(fact.subject)
        if re.fullmatch(r"a\d{3}", local) and fact.predicate == v.LABEL and not isinstance(fact.object, str):
            names[local] = re.sub(r"[^a-z0-9]+", "-", fact.object.value.strip().lower()).strip("-")
    return [names[f"a{k:03d}"] for k in range(1, 86)]


def disjoint(taxonomy: dict[str, dict[str, list[str]]], animals: set[str]) -> list[tuple[str, str]]:
    """Return pairs of groups under one parent, both with animals below, that share none."""
    children: dict[str, set[str]] = {}
    for node, facts in taxonomy.items():
        for parent in facts.get(v.SUBCLASS, []):
            children.setdefault(parent, set()).add(node)

    def below(node: str) -> set[str]:
        return {node}.union(*(below(child) for child in children.get(node, ())))

    groups = {node: below(node) for node in taxonomy if node in children and node not in animals}
    pairs = {pair for kids in children.values() for pair in combinations(sorted(kids & set(groups)), 2)
             if not groups[pair[0]] & groups[pair[1]]}  # fmt: skip
    return sorted(pairs)


def write_table(animals: list[str], names: list[str], strengths, synsets) -> None:
    with (ROOT / "ontologies/animals-attributes.csv").open("w", newline="", encoding="utf8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["class", "label", *(f"att:{name}" for name in names)])
        for iri, row in sorted(zip(animals, strengths, strict=True), key=lambda pair: pair[0]):
            cells = ["" if value < 0 else f"{value / 100:.4g}" for value in row]
            writer.writerow([curie(iri), synsets[iri][v.PREF_LABEL][0], *cells])


if __name__ == "__main__":
    main(*sys.argv[1:])
