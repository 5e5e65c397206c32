"""Everything in a catalogue passes the shared cases just by being in it."""

import importlib

import pytest

from kgzsl import testing
from kgzsl.learners.catalogue import LEARNERS
from kgzsl.ontology.read import READERS
from kgzsl.resolve.adjust import ADJUSTERS

READER_FILES = {
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


@pytest.mark.parametrize("name", READERS)
def test_reader(name, tmp_path):
    good, text, bad, wrong = READER_FILES[name]
    (tmp_path / good).write_text(text)
    (tmp_path / bad).write_text(wrong)
    testing.check_reader(tmp_path / good, tmp_path / bad)


@pytest.mark.parametrize("name", ADJUSTERS)
def test_adjuster(name):
    module, _, attribute = ADJUSTERS[name].rpartition(".")
    testing.check_adjuster(getattr(importlib.import_module(module), attribute)(0.1))
