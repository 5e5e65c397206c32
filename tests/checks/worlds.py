"""Ontologies of a few lines, and what is found in them."""

from kgzsl.checks import check
from kgzsl.graph import build_graph
from kgzsl.ontology import read_ontology
from kgzsl.ontology import vocabulary as v

HEAD = "".join(f"@prefix {p}: <{iri}> .\n" for p, iri in v.PREFIXES.items()) + "@prefix : <http://x/> .\n"
LINES = HEAD.count("\n")


def graph_of(tmp_path, text, name="a.ttl"):
    (tmp_path / name).write_text(HEAD + text)
    return build_graph(read_ontology(tmp_path / name))


def found(graph, code, seen=(), recipe=None):
    """Return the findings of one code; lines count from the end of the prefixes."""
    return [f._replace(line=f.line - LINES) for f in check(graph, seen, "EWI", recipe) if f.code == code]


def tree(edges):
    """Return Turtle of classes with labels and glosses, and their parents: ``{"b": "a", "c": "a b"}``."""
    text = ""
    for name, parents in edges.items():
        up = "".join(f" ; rdfs:subClassOf :{parent}" for parent in parents.split())
        text += f':{name} a owl:Class ; rdfs:label "{name}"@en ; skos:definition "what {name} is"@en{up} .\n'
    return text
