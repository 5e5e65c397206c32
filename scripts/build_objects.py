"""Write ontologies/objects.ttl: the WordNet 3.0 noun slice of ImageNet-1k and the Caltech-101 synsets.

Usage: python scripts/build_objects.py [WORDNET_DIR] [OUT]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.wndb import read_dictionary

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
# Everyday objects: the WordNet 3.0 nouns above ImageNet-1k and the Caltech-101 synsets.
# WordNet 3.0 Copyright 2006 by Princeton University; see WORDNET-LICENSE beside this file.
#
# To add a class, append a block such as this one (without the leading '# '), save, and run `kgzsl update`:
#
# wn:okapi2 a owl:Class ;
#     skos:prefLabel "okapi"@en ;                      # its name
#     skos:altLabel "forest giraffe"@en ;              # other names, optional
#     skos:definition "a striped relative of the giraffe"@en ;
#     rdfs:subClassOf wn:n02439033 .                   # its parents: one or several
#
# The more the definition tells of how the thing looks, the better it will be recognised.
# owl:Class is a candidate for answers; skos:Concept is only something that classes relate to.
"""
RELATIONS = ("hasPart", "hasMember", "hasSubstance")


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"@en'


def build(wordnet: Path) -> str:
    """Return the Turtle text of the slice."""
    demo = np.load(ROOT / "graphs/objects/caltech101_lite0_int8_demo.npz", allow_pickle=False)
    synsets: dict[str, dict[str, list[str]]] = {}
    for fact in read_dictionary(wordnet):
        value = fact.object if isinstance(fact.object, str) else fact.object.value
        synsets.setdefault(fact.subject, {}).setdefault(fact.predicate, []).append(value)
    todo = [v.WN + str(w) for w in (*demo["wnids"], *demo["fc_wnids"])]
    inside: set[str] = set()
    while todo:
        node = todo.pop()
        if node not in inside:
            inside.add(node)
            todo += synsets[node].get(v.SUBCLASS, [])
    fillers = {o for node in inside for r in RELATIONS for o in synsets[node].get(v.KG + r, [])} - inside
    prefixes = "".join(f"@prefix {p}: <{v.PREFIXES[p]}> .\n" for p in ("owl", "rdfs", "skos", "kg", "wn"))
    relations = "".join(f"kg:{r} a owl:AnnotationProperty .\n" for r in RELATIONS)
    blocks = [block(synsets[node], node, node in inside) for node in sorted(inside | fillers)]
    return "\n".join([HEAD, prefixes, relations, *blocks])


def block(facts: dict[str, list[str]], node: str, is_class: bool) -> str:
    """Return one concept's Turtle block; a filler has names and a gloss, and no relations of its own."""
    rows = [("skos:prefLabel", [quoted(t) for t in facts[v.PREF_LABEL]]),
            ("skos:altLabel", [quoted(t) for t in dict.fromkeys(facts.get(v.ALT_LABEL, []))]),
            ("skos:definition", [quoted(t) for t in facts[v.DEFINITION]])]  # fmt: skip
    if is_class:
        order = [("rdfs:subClassOf", v.SUBCLASS), *((f"kg:{r}", v.KG + r) for r in RELATIONS)]
        rows += [(p, [curie(o) for o in dict.fromkeys(facts.get(iri, []))]) for p, iri in order]
    lines = [f"    {predicate} {', '.join(objects)}" for predicate, objects in rows if objects]
    kind = "owl:Class" if is_class else "skos:Concept"
    return f"{curie(node)} a {kind} ;\n" + " ;\n".join(lines) + " .\n"


def curie(iri: str) -> str:
    return "wn:" + iri.removeprefix(v.WN)


if __name__ == "__main__":
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet")
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "ontologies/objects.ttl"
    target.write_text(build(source), encoding="utf8")
    print(f"wrote {target}")
