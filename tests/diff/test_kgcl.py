import importlib.util
from pathlib import Path

import pytest

from kgzsl.diff import diff
from kgzsl.diff.kgcl import kgcl

OLD = """
:animal a owl:Class ; rdfs:label "animal" .
:bird a owl:Class ; rdfs:label "bird"@en ; skos:definition "has \\"feathers\\"\\nand a bird's wings" ;
    skos:altLabel "fowl"@en ; rdfs:subClassOf :animal ; :size 0.5 .
:wing a owl:Class ; rdfs:label "wing" . :fin a owl:Class .
:crow a owl:Class ; rdfs:label "crow" ; rdfs:subClassOf :bird, [ owl:onProperty :hasPart ; owl:someValuesFrom :wing ] .
:old a owl:Class . :gone a owl:Class ; rdfs:label "gone" ; skos:definition "no more" .
"""
NEW = """
:animal a owl:Class ; rdfs:label "beast" ; skos:definition "moves" .
:bird a owl:Class ; rdfs:label "Bird"@en ; skos:definition "has feathers" ;
    skos:altLabel "poultry"@en ; rdfs:subClassOf :fin ; :size 0.6 .
:wing a owl:Class ; rdfs:label "wing" ; skos:altLabel "pinion"@en, "ala"@la . :fin a owl:Class .
:crow a owl:Class ; rdfs:label "crow" ; rdfs:subClassOf :bird, :animal,
    [ owl:onProperty :hasPart ; owl:someValuesFrom :fin ], [ owl:onProperty :eats ; owl:allValuesFrom :wing ] .
:old a owl:Class ; owl:deprecated true ; obo:IAO_0100001 :crow .
obo:CL_0000540 a owl:Class ; rdfs:label "neuron" ; rdfs:subClassOf :animal ; :size 1 .
"""
NS = "http://example.org/"
LINES = f"""\
create node CL:0000540 'neuron'
rename <{NS}animal> from 'animal' to 'beast'
rename <{NS}bird> from 'bird'@en to 'Bird'@en
change definition of <{NS}bird> from 'has ”feathers” and a bird’s wings' to 'has feathers'
change synonym 'fowl'@en for <{NS}bird> to 'poultry'
move <{NS}bird> rdfs:subClassOf <{NS}animal> from <{NS}animal> to <{NS}fin>
change annotation of <{NS}bird> with <{NS}size> from "0.5" to "0.6"
delete edge <{NS}crow> <{NS}hasPart> <{NS}wing>
create edge <{NS}crow> <{NS}hasPart> <{NS}fin>
add definition 'moves' to <{NS}animal>
create synonym 'ala'@la for <{NS}wing>
create synonym 'pinion'@en for <{NS}wing>
create edge <{NS}crow> rdfs:subClassOf <{NS}animal>
create edge CL:0000540 rdfs:subClassOf <{NS}animal>
create edge CL:0000540 <{NS}size> '1'
obsolete <{NS}old> with replacement <{NS}crow>
delete <{NS}gone>
""".splitlines()


def changes(old, new):
    return kgcl(diff(old, new, renames=False, inferred=False))


def test_every_kind_of_change_has_its_line(turtle):
    lines, unsaid = changes(turtle(OLD), turtle(NEW))
    assert sorted(lines) == sorted(LINES)
    assert unsaid == 1, "the restriction with 'only'"
    assert lines[0].startswith("create node")
    assert lines[-1].startswith("delete")


def test_the_way_back(turtle):
    lines, unsaid = changes(turtle(NEW), turtle(OLD))
    for line in (f"remove definition for <{NS}animal>", f"unobsolete <{NS}old>", "delete CL:0000540",
                 f"create node <{NS}gone> 'gone'", f"add definition 'no more' to <{NS}gone>",
                 f"remove synonym 'ala'@la for <{NS}wing>"):  # fmt: skip
        assert line in lines
    assert unsaid == 1


def test_synonyms_have_scopes(turtle):
    oio = "<http://www.geneontology.org/formats/oboInOwl#has{}Synonym>"
    base = ":a a owl:Class .\n"
    for scope in ("Exact", "Broad", "Narrow", "Related"):
        lines, _ = changes(turtle(base), turtle(base + f':a {oio.format(scope)} "x" .\n'))
        assert lines == [f"create {scope.lower()} synonym 'x' for <{NS}a>"]


def test_no_difference_gives_no_line(turtle):
    assert changes(turtle(OLD), turtle(OLD)) == ([], 0)


def test_the_lines_are_kgcl():
    spec = importlib.util.find_spec("kgcl_schema")
    if spec is None:
        pytest.skip("the package kgcl-schema, which has the grammar, is not installed")
    lark = pytest.importorskip("lark")
    grammar = Path(spec.origin).parent / "grammar" / "kgcl.lark"
    parser = lark.Lark(grammar.read_text(), start="expression")
    rules = {line: str(parser.parse(line).data) for line in LINES}
    assert all(rule.split("_")[0] == line.split()[0] for line, rule in rules.items())
    assert len(set(rules.values())) == 12
