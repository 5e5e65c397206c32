"""Everything in a catalogue passes the shared cases just by being in it."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.io import savemat

from kgzsl import testing
from kgzsl.learners.catalogue import LEARNERS
from kgzsl.ontology.read import READERS
from kgzsl.resolve import ADJUSTERS, DECIDERS

LMF = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<LexicalResource>\n<Lexicon id="t" language="en">\n'
    '<Synset id="t-1-n" partOfSpeech="n"/>\n</Lexicon>\n</LexicalResource>\n'
)

OFN = "Prefix(:=<http://x/>)\nOntology(<http://x/o>\nDeclaration(Class(:a))\nSubClassOf(:a :b)\n)\n"
OBO = "format-version: 1.4\nontology: t\n\n[Term]\nid: X:1\nname: a\nis_a: X:2\n"
SSSOM = "# curie_map:\n#   X: http://x/\nsubject_id\tpredicate_id\tobject_id\nX:a\tskos:exactMatch\tX:b\n"
JSON = '{"@context": {"@vocab": "http://x/"}, "@id": "http://x/a", "@type": "C"}\n'


def parquet(**columns):
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held)
    return held.getvalue()


def matlab(**arrays):
    held = io.BytesIO()
    savemat(held, arrays)
    return held.getvalue()


MATRIX = matlab(allclasses_names=np.array([["a"]], object), original_att=np.array([[40.0]]))

BESIDE = {"conceptnet": {"nodes.csv": "id,uri\n7,/c/en/a\n9,/c/en/b\n", "relations.csv": "id,uri\n0,/r/IsA\n"}}
READER_FILES = {
    "conceptnet": (
        "edges.csv", "start_id,relation_id,end_id\n0,0,1\n",
        "bad_edges.csv", "start_id,relation_id,end_id\n0,0,2\n",
    ),
    "sssom": ("good.sssom.tsv", SSSOM, "bad.sssom.tsv", SSSOM.replace("X:b", "Y:b")),
    "edges": ("good.csv", "source,relation,target\nwn:a,hasPart,wn:b\n", "bad.csv", "source,relation,target\na,b,c\n"),
    "parquet": (
        "good.parquet", parquet(**{"class": ["wn:n1"], "att:s": [0.5]}),
        "bad.parquet", parquet(**{"class": ["wn:n1"], "att:s": [0.5]})[:-9],
    ),
    "matlab": ("good.mat", MATRIX, "bad.mat", MATRIX[:-9]),
    "obo": ("good.obo", OBO, "bad.obo", OBO + "is_b: X:3\n"),
    "owl": ("good.ofn", OFN, "bad.ofn", OFN.replace("SubClassOf", "Sub")),
    "owl-sniffed": ("good.owl", OFN, "bad.owl", OFN.replace("SubClassOf", "Sub")),
    "json": ("good.json", JSON, "bad.json", JSON.replace("}", "", 1)),
    "lmf": ("good.xml", LMF, "bad.xml", LMF.replace("</Lexicon>", "")),
    "rdf": ("good.ttl", testing.world(), "bad.ttl", testing.PREFIXES + ":a a owl:Class ;\n:b a"),
    "table": ("good.csv", "class,att:s\nwn:n1,0.5\n", "bad.csv", "class,att:s\nwn:n1,many\n"),
    "wndb": (
        "data.noun",
        "  1 licence\n00001740 03 n 01 entity 0 000 | that which is\n",
        "bad.noun",
        "00001740 03 n zz\n",
    ),
}


@pytest.mark.parametrize("name", LEARNERS)
def test_learner(name, tmp_path):
    testing.check_learner(name, tmp_path)


# a live reader passes the same case where its server is started: tests/ontology/test_endpoint.py
@pytest.mark.parametrize("name", [name for name in READERS if not READERS[name].live])
def test_reader(name, tmp_path):
    good, text, bad, wrong = READER_FILES[name]
    for file, content in {**BESIDE.get(name, {}), good: text, bad: wrong}.items():
        (tmp_path / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    testing.check_reader(tmp_path / good, tmp_path / bad)


@pytest.mark.parametrize("name", ADJUSTERS)
def test_adjuster(name):
    testing.check_adjuster(name)


@pytest.mark.parametrize("name", DECIDERS)
def test_decider(name):
    testing.check_decider(name)
