import pytest

from kgzsl import testing
from kgzsl.errors import LearnerError
from kgzsl.graph import build_graph
from kgzsl.learners.catalogue import learner_class
from kgzsl.learners.graph.kernel import KernelRegression
from kgzsl.learners.validation import INNER, INPUTS, ROWS, judge, make_folds
from kgzsl.ontology import read_ontology
from kgzsl.search import search
from kgzsl.training import read_material


@pytest.fixture(scope="module")
def material(root):
    sources = [root / "ontologies/animals.ttl", root / "ontologies/animals-attributes.csv"]
    features = testing.synthetic_features(build_graph(read_ontology(sources)), per_class=6)
    return lambda learner, **options: read_material(
        root / "graphs/animals.toml", features.X, features.labels, learner=learner, options=options
    )


def test_the_best_options_are_never_worse_than_the_defaults(material):
    found = search(material("sgc"), 4)
    assert found.trials == 4
    assert found.score >= found.default
    assert set(found.options) == {"hops", "ridge", "decay", "normalisation"}


def test_options_that_are_given_are_kept(material):
    found = search(material("sgc", ridge=0.7), 3)
    assert found.options["ridge"] == 0.7


def test_a_search_goes_on_where_it_was_interrupted(material, tmp_path):
    class Stop(Exception):
        pass

    def stop(stage, done, total):
        if done == 2:
            raise Stop

    journal = tmp_path / "x.search"
    with pytest.raises(Stop):
        search(material("sgc"), 5, journal, stop)
    done = []
    found = search(material("sgc"), 5, journal, lambda stage, n, total: done.append(n))
    assert done == [3, 4, 5]
    assert found == search(material("sgc"), 5)


def test_another_graph_or_learner_is_another_study(material, tmp_path):
    journal = tmp_path / "x.search"
    search(material("sgc"), 2, journal)
    assert search(material("ppr"), 1, journal).trials == 1
    assert search(material("sgc"), 2, journal).trials == 2


def test_a_file_that_is_no_journal_is_refused(material, tmp_path):
    journal = tmp_path / "x.search"
    journal.write_text("no journal\n")
    with pytest.raises(LearnerError, match="not the journal of a search") as refused:
        search(material("sgc"), 2, journal)
    assert refused.value.file == str(journal)


def test_a_learner_without_options_has_nothing_to_search(material):
    with pytest.raises(LearnerError, match="no option left to search"):
        search(material("nearest"), 2)


def test_hidden_classes_are_hidden(root):
    made = read_material(root / "graphs/objects.toml")
    folds = make_folds(made.space, made.seen, made.labelled, 2)
    assert [fold.kind for fold in folds] == [ROWS] * 2 + [INNER] * 2 + [INPUTS] * 2
    fitted = []

    class Watched(KernelRegression):
        def fit(self, *given, **named):
            fitted.append(self)
            return super().fit(*given, **named)

    verdicts = judge(Watched, made.space, made.seen, made.labelled, folds)
    assert len(fitted) == 5, "once for the folds of rows, in closed form, and once for each of the others"
    for fold, learner in zip(folds[2:], fitted[1:], strict=True):
        assert not set(fold.hidden) & set(learner.seen_ids)
    for fold, verdict in zip(folds, verdicts, strict=True):
        assert len(verdict.hit) == len(fold.candidates)
        assert verdict.score > 5 / len(fold.candidates)


def test_inner_classes_are_hidden_with_all_that_lies_below_them(root):
    made = read_material(root / "graphs/objects.toml")
    pool = set(made.seen.ids)
    for fold in make_folds(made.space, made.seen, None, 2)[2:]:
        below = [made.graph.descendants(iri) & pool for iri in fold.candidates]
        assert set().union(*below) == set(fold.hidden)
        assert sum(map(len, below)) == len(fold.hidden), "inner classes share a class"
        assert len(fold.hidden) <= len(pool) / 4


def test_few_seen_classes_hide_none(root):
    made = read_material(root / "graphs/objects.toml")
    with pytest.raises(LearnerError, match="3 seen classes are too few"):
        make_folds(made.space, made.seen.subset(made.seen.ids[:3]), None)


def test_ctrl_c_ends_a_search_and_leaves_no_score_of_the_trial(material, tmp_path):
    """A network that is interrupted keeps its best epoch; a score of that must not enter the journal."""
    journal, fits = tmp_path / "x.search", []
    made = material("gcn", hidden=8, epochs=4, check_every=1)

    class Pressed(learner_class("gcn")):
        def fit(self, *given, **named):
            super().fit(*given, **named)
            fits.append(self)
            self.interrupted = len(fits) == 3
            return self

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kgzsl.search.make_learner", lambda name, options: Pressed(**options))
        with pytest.raises(KeyboardInterrupt):
            search(made, 1, journal, folds=2)
    assert len(fits) == 3
    found = search(made, 1, journal, folds=2)
    assert found.trials == 1
    assert found.score == found.default, "the first trial that counts is that of the defaults"


def test_options_with_which_training_diverges_score_nothing(material):
    found = search(material("gcn", hidden=8, epochs=4, learning_rate=1e30), 1, folds=2)
    assert found.score == 0.0
