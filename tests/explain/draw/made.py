"""Explanations made by hand, of every size and shape."""

import random
from itertools import pairwise

from kgzsl.explain import Contribution, Counterfactual, Edit, Explanation, Path, Total
from kgzsl.explain.explanation import EXACT, AttributeShare, FactShare, Rival
from kgzsl.graph.classgraph import Relation

BASE = "http://example.org/"
DERIVED = "derived: near in meaning"


def fact(source, relation, target, line=0, weight=1.0, file="ontologies/objects.ttl"):
    return Relation(BASE + source, relation, BASE + target, weight, file, line or sum(map(ord, source + target)))


def path(value, *nodes, derived=True, labels=None):
    """A path up subclass facts; its last step is derived where that is said."""
    steps = len(nodes) - 1
    last = [DERIVED if derived else "inverse of subClassOf"] if steps else []
    facts = [(fact(a, "subClassOf", b),) for a, b in pairwise(nodes[:-1])]
    facts += [() if derived else (fact(nodes[-1], "subClassOf", nodes[-2]),)] if steps else []
    return Path(tuple(BASE + n for n in nodes), tuple(labels or nodes), tuple(["subClassOf"] * (steps - 1) + last),
                tuple(facts), value)  # fmt: skip


def seen(value, name, label=None, paths=()):
    return Contribution(name, BASE + name, label or name, value, abs(value) / 2, tuple(paths))


def explanation(contributions=None, paths=None, label="okapi", **more):
    listed = sum(c.value for c in contributions or ())
    listed_paths = sum(p.value for p in paths or ())
    by_seen = Total("seen classes", EXACT, listed, 0.0, (), 3e-8, len(contributions)) if contributions else None
    by_path = Total("paths", EXACT, listed_paths, 0.013, (("bias of layer 1", -0.004),), 2e-7, 2484) if paths else None
    given = {
        "id": "okapi", "iri": BASE + "okapi", "label": label, "score": listed or listed_paths + 0.009,
        "learner": "absorb", "seen": False, "contributions": tuple(contributions) if contributions else None,
        "by_seen": by_seen, "paths": tuple(paths) if paths else None, "by_path": by_path,
        "graph_hash": "c09552a762dbd6b0", "bundle": "absorb-1",
    }  # fmt: skip
    return Explanation(**(given | more))


def three_paths():
    ways = [path(0.21, "okapi", "giraffe", "gazelle"), path(0.12, "okapi", "giraffe", "ruminant", "impala")]
    return explanation(paths=[*ways, path(-0.04, "okapi", "zebra")])


def many(number, nodes=14, depth=3, seed=0, negative=0.25, ends=12):
    """A dense world of random walks."""
    rng = random.Random(seed)
    inner, last = [f"concept {k}" for k in range(nodes)], [f"seen class {k}" for k in range(ends)]
    found = {}
    while len(found) < number:
        way = rng.sample(inner, rng.randint(0, depth))
        value = rng.expovariate(8) * (-1 if rng.random() < negative else 1)
        found.setdefault(("okapi", *way, rng.choice(last)), value)
    return explanation(paths=[path(v, *way, derived=rng.random() < 0.5) for way, v in found.items()])


def star(number, long=False, negative=0.2, seed=0):
    rng = random.Random(seed)
    words = ["greater", "spectacled", "short-eared", "Antarctic", "pied-billed", "soft-coated", "terrier", "of Andes"]
    names = [" ".join(rng.sample(words, 6)) + f" {k}" if long else f"class {k}" for k in range(number)]
    values = sorted((rng.expovariate(6) * (-1 if rng.random() < negative else 1) for _ in names), key=lambda v: -abs(v))
    return explanation([seen(v, f"s{k}", name) for k, (v, name) in enumerate(zip(values, names, strict=True))])


def full():
    """Everything that an explanation can hold."""
    ways = [path(0.21, "okapi", "giraffe", "gazelle"),
            path(0.14, "okapi", "giraffe", "ruminant", "impala", derived=False),
            path(0.05, "okapi", "gazelle"), path(-0.04, "okapi", "zebra")]  # fmt: skip
    parts = [seen(0.27, "gazelle", paths=(ways[0], ways[2])), seen(0.19, "impala", paths=ways[1:2]),
             seen(-0.04, "zebra", paths=ways[3:])]  # fmt: skip
    giraffe = fact("okapi", "subClassOf", "giraffe", 212)
    stripes = fact("okapi", "hasAttribute", "stripes", 31, 0.8, "attributes.csv")
    attributes = (AttributeShare("stripes", BASE + "stripes", "stripes", BASE + "okapi", "okapi", 0.08, stripes, 0.01),
                  AttributeShare("horns", BASE + "horns", "horns", BASE + "giraffe", "giraffe", -0.03))  # fmt: skip
    rival = Rival("gerenuk", BASE + "gerenuk", "gerenuk", 0.38, 0.04, (seen(0.06, "gazelle"), seen(-0.02, "zebra")),
                  (FactShare(giraffe, 0.03),))  # fmt: skip
    edits = (Edit("without", giraffe),)
    changed = Counterfactual(
        edits,
        "gerenuk",
        BASE + "gerenuk",
        "gerenuk",
        True,
        0.04,
        -0.02,
        "without objects.ttl:212 (okapi subClassOf giraffe) the answer would be gerenuk",
    )
    adding = (Edit("with", stripes._replace(file="", line=0)),)
    same = Counterfactual(adding, "okapi", BASE + "okapi", "okapi", False, 0.04, 0.01,
                          "with (okapi hasAttribute stripes 0.8) the answer would still be okapi")  # fmt: skip
    return explanation(parts, ways, attributes=attributes, facts=(FactShare(giraffe, 0.35), FactShare(stripes, 0.08)),
                       rival=rival, counterfactuals=(changed, same),
                       notes=("the split over paths is exact; row norms are frozen",))  # fmt: skip
