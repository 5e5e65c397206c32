"""Running problems: figures that answers bear out, chunks that count nothing, what is kept, and what is refused."""

import warnings
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from kgzsl.errors import AdjusterError, EvaluationError, UnknownNameError
from kgzsl.evaluate import run as running
from kgzsl.evaluate import tally as tallying
from kgzsl.evaluate.kinship import Kinship, distances
from kgzsl.evaluate.measures import packed_bits, unpacked_bits
from kgzsl.evaluate.problem import Task
from kgzsl.evaluate.run import evaluate
from kgzsl.evaluate.several import Disjointness, average_precisions
from kgzsl.evaluate.summary import figures
from kgzsl.evaluate.tally import tally
from kgzsl.features import FeatureSet
from kgzsl.graph import build_graph
from kgzsl.learners.catalogue import make_learner
from kgzsl.metrics import brier as brier_score
from kgzsl.metrics import hit_at, hub_report, log_loss, seen_unseen_curve
from kgzsl.ontology import read_ontology
from kgzsl.testing import PREFIXES, block
from kgzsl.training import train_on
from tests.evaluate.hand import animals


@pytest.fixture(scope="module")
def problem():
    return animals()


@pytest.fixture(scope="module")
def report(problem):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return evaluate(problem, ["kernel", "eszsl", "cosine"], [0, 1], date="2020-01-01")


@pytest.fixture(scope="module")
def engine(problem):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return train_on(problem.material, make_learner("kernel"))


def of(report, learner="kernel", task="zero-shot", scores="plain", seed=0):
    run = next(r for r in report.runs if (r.learner, r.seed) == (learner, seed))
    return next(o for o in run.outcomes if o.task == task).by(scores)


def test_figures_are_those_of_answers(problem, report, engine):
    """Hits counted over the answers of an engine that is trained apart."""
    labels = np.array(problem.test.labels)
    at = np.isin(labels, problem.unseen)
    answers = engine.predict(problem.test.X[at], 1, classes=problem.unseen, plain=True)
    right = np.array([a.candidates[0].iri for a in answers]) == labels[at]
    found = of(report)
    hit = found.hits[0]
    assert hit.k == 1
    assert hit.classes.value == pytest.approx(np.mean([right[labels[at] == c].mean() for c in problem.unseen]))
    assert hit.inputs.value == pytest.approx(right.mean())
    assert hit.classes.low <= hit.classes.value <= hit.classes.high
    assert unpacked_bits(found.right, int(at.sum())).tolist() == right.tolist()
    assert {row.iri: row.hits[0] for row in found.classes} == {
        c: pytest.approx(right[labels[at] == c].mean()) for c in problem.unseen}  # fmt: skip
    assert found.strata["first"].value == pytest.approx(np.mean([right[labels[at] == c].mean()
                                                                 for c in problem.unseen[:3]]))  # fmt: skip
    assert sum(found.folded.relations.values()) == at.sum()
    assert found.folded.relations["right"] == right.sum()
    assert found.lenient.value >= hit.classes.value


def test_seen_and_unseen_together(problem, report, engine):
    task = problem.tasks[1]
    found, adjusted = of(report, task="generalised"), of(report, task="generalised", scores="adjusted")
    scores = engine.scores(problem.test.X, task.candidates)
    y = np.array([task.candidates.index(label) for label in problem.test.labels])
    seen = np.array([iri in problem.seen for iri in task.candidates])
    own = seen[y]
    assert found.balance.unseen.value == pytest.approx(hit_at(scores[~own], y[~own]).value)
    assert found.balance.seen.value == pytest.approx(hit_at(scores[own], y[own]).value)
    curve = seen_unseen_curve(scores, y, seen)
    assert found.balance.ausuc == pytest.approx(curve.area)
    assert found.balance.best == pytest.approx(curve.best.harmonic)
    gamma = next(r for r in report.runs if r.learner == "kernel").adjusters["generalised: calibrated-stacking"]["gamma"]
    moved = scores - np.float32(gamma) * seen
    assert adjusted.balance.unseen.value == pytest.approx(hit_at(moved[~own], y[~own]).value)
    assert adjusted.balance.ausuc == pytest.approx(found.balance.ausuc)
    assert {part.of for part in found.reliability} == {"all", "unseen", "seen"}
    hubs = hub_report(scores, 10)
    assert (found.hubness.skewness, found.hubness.share) == (pytest.approx(hubs.skewness), pytest.approx(hubs.share))
    assert [h.often for h in found.hubness.hubs] == [often for _, often in hubs.hubs]


def test_chunks_count_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    X, y, seen = rng.normal(size=(37, 12)).astype(np.float32), rng.integers(12, size=37), np.arange(12) < 5
    X[3, :] = 0.5
    X[5, 2] = np.nan
    whole = tally(lambda X: X, X, y, seen, 10)
    monkeypatch.setattr(tallying, "ROOM", 12 * 5)
    sizes = []
    parts = tally(lambda X: sizes.append(len(X)) or X, X, y, seen, 10)
    assert sizes == [5] * 7 + [2]
    together = tally(lambda X: sizes.append(len(X)) or X, X, y, seen, 10, whole=True)
    assert sizes[8:] == [37]
    for other in (parts, together):
        for name in ("y", "rank", "top", "own", "rival_seen", "rival_unseen", "confidence", "nll", "brier", "often"):
            assert np.array_equal(getattr(whole, name), getattr(other, name)), name


def test_probabilities_are_those_of_a_softmax():
    rng = np.random.default_rng(1)
    scores, y = 3 * rng.normal(size=(50, 6)), rng.integers(6, size=50)
    found = tally(lambda X: X, scores, y, np.zeros(6, bool), 3)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    assert found.nll.mean() == pytest.approx(log_loss(logs, y))
    assert found.brier.mean() == pytest.approx(brier_score(logs, y))
    assert found.confidence == pytest.approx(np.exp(logs).max(axis=1))
    assert np.array_equal(found.top, np.argsort(-scores, axis=1)[:, :3])
    assert np.all(found.rival_seen == -np.inf)


def test_learners_that_cannot_be_used_say_why(report):
    failed = [run for run in report.runs if run.reason]
    assert {run.learner for run in failed} == {"cosine"}
    assert "85 wide" in failed[0].reason
    assert all(run.outcomes and run.seconds > 0 and run.adding > 0 for run in report.runs if not run.reason)


def test_learners_are_compared_on_the_same_inputs(problem, report):
    found = [c for c in report.comparisons if (c.task, c.scores) == ("zero-shot", "plain")]
    assert [(c.first, c.second) for c in found] == [("kernel", "eszsl")]
    best, other = ({row.iri: row.hits[0] for row in of(report, name).classes} for name in ("kernel", "eszsl"))
    means = [best[iri] - other[iri] for iri in problem.unseen]
    assert found[0].paired.difference.value == pytest.approx(np.mean(means))
    assert found[0].paired.better == sum(m > 0 for m in means)


def test_seeds_are_summed_up(report):
    adjusted = [of(report, "eszsl", "generalised", "adjusted", seed).balance.harmonic.value for seed in (0, 1)]
    found = next(s for s in report.summaries if (s.learner, s.task, s.scores, s.measure) ==
                 ("eszsl", "generalised", "adjusted", "H"))  # fmt: skip
    assert (found.seeds.seeds, found.seeds.mean) == (2, pytest.approx(np.mean(adjusted)))
    assert found.seeds.deviation == pytest.approx(np.std(adjusted, ddof=1))


def test_without_adjusters_only_plain_scores(problem):
    found = evaluate(problem, ["kernel"], adjusters="none")
    assert [s.scores for o in found.runs[0].outcomes for s in o.scored] == ["plain", "plain"]
    assert found.runs[0].adjusters == {}


def test_adjusters_by_name_and_what_they_say(problem):
    found = evaluate(problem, ["kernel"], adjusters=["csls-batch", "calibrated-stacking"])
    names = {name.partition(": ")[2] for name in found.runs[0].adjusters}
    assert names == {"csls-batch", "calibrated-stacking"}
    again = evaluate(replace(problem, tasks=problem.tasks[1:]), ["kernel"], adjusters="calibrated-stacking")
    assert set(again.runs[0].adjusters) == {"generalised: calibrated-stacking"}


def test_what_is_done_is_not_done_again(problem, tmp_path, monkeypatch):
    first = evaluate(problem, ["kernel"], cache=tmp_path / "kept", date="x")
    calls = Counter()
    real = running.train_on
    monkeypatch.setattr(running, "train_on", lambda *a, **k: calls.update(["fit"]) or real(*a, **k))
    second = evaluate(problem, ["kernel"], cache=tmp_path / "kept", date="x")
    assert (calls["fit"], second) == (0, first)
    for other in (replace(problem, name="other"), replace(problem, tasks=problem.tasks[:1]),
                  replace(problem, test=FeatureSet(problem.test.X + 1, problem.test.labels))):  # fmt: skip
        calls.clear()
        evaluate(other, ["kernel"], cache=tmp_path / "kept")
        assert calls["fit"] == 1
    kept = next((tmp_path / "kept").glob(f"{first.runs[0].key}.json"))
    kept.write_text(kept.read_text()[:200])
    assert evaluate(problem, ["kernel"], cache=tmp_path / "kept").runs[0].outcomes[0].inputs == 160
    assert calls["fit"] == 2


def test_ctrl_c_keeps_what_is_done(problem, tmp_path, monkeypatch):
    real, names = running.train_on, []

    def interrupted(material, *rest, **more):
        names.append(material.recipe.learner.name)
        if names[-1] == "eszsl":
            raise KeyboardInterrupt
        return real(material, *rest, **more)

    monkeypatch.setattr(running, "train_on", interrupted)
    found = evaluate(problem, ["kernel", "eszsl"], cache=tmp_path)
    assert found.interrupted
    assert [run.learner for run in found.runs] == ["kernel"]
    monkeypatch.setattr(running, "train_on", real)
    whole = evaluate(problem, ["kernel", "eszsl"], cache=tmp_path)
    assert not whole.interrupted
    assert whole.runs[0] == found.runs[0]


def test_a_training_that_ctrl_c_cut_short_is_no_run(problem, tmp_path, monkeypatch):
    """Networks go on with what they have learnt, those that adjusters are chosen with too, and warn."""
    real = running.train_on

    def cut_short(*words, **more):
        warnings.warn("interrupted: adjusters are chosen on 1 of 3 rehearsals", stacklevel=2)
        return real(*words, **more)

    monkeypatch.setattr(running, "train_on", cut_short)
    found = evaluate(problem, ["kernel"], cache=tmp_path)
    assert found.interrupted
    assert (found.runs, list(tmp_path.iterdir())) == ((), [])


def test_what_is_refused(problem):
    with pytest.raises(EvaluationError, match="no problem"):
        evaluate([])
    with pytest.raises(UnknownNameError, match="unknown learner 'kernle'; did you mean 'kernel'"):
        evaluate(problem, ["kernle"])
    with pytest.raises(UnknownNameError, match="unknown adjuster 'clss'; did you mean 'csls'"):
        evaluate(problem, ["kernel"], adjusters=["clss"])
    with pytest.raises(AdjusterError, match="named twice"):
        evaluate(problem, ["kernel"], adjusters=["csls", "csls"])
    lost = Task("odd", problem.unseen, problem.unseen[1:])
    with pytest.raises(EvaluationError, match="is no candidate"):
        evaluate(replace(problem, tasks=(lost,)), ["kernel"])
    with pytest.raises(EvaluationError, match="no candidates"):
        evaluate(replace(problem, tasks=(Task("odd", (), ()),)), ["kernel"])
    with pytest.raises(EvaluationError, match="has no labels"):
        evaluate(replace(problem, test=FeatureSet(problem.test.X)), ["kernel"])


def test_several_labels_are_those_of_scikit_learn(problem, engine):
    rng = np.random.default_rng(0)
    labels = [tuple(rng.choice(problem.unseen, size=rng.integers(1, 4), replace=False)) for _ in range(60)]
    X = rng.normal(size=(60, problem.test.X.shape[1])).astype(np.float32)
    test = FeatureSet(X, tuple("|".join(one) for one in labels))
    task = Task("several", problem.unseen, problem.unseen, ks=(1, 3), multilabel=True)
    found = evaluate(replace(problem, test=test, tasks=(task,)), ["kernel"]).runs[0].outcomes[0].by("plain")
    scores = engine.scores(X, problem.unseen)
    truth = np.array([[iri in one for iri in problem.unseen] for one in labels])
    each = [average_precision_score(truth[:, c], scores[:, c]) for c in range(len(problem.unseen))]
    assert found.labels.average_precision.value == pytest.approx(np.mean(each))
    said = np.zeros(truth.shape, bool)
    np.put_along_axis(said, np.argsort(-scores, axis=1)[:, :3], True, axis=1)
    assert found.labels.f1[0] == (3, pytest.approx(f1_score(truth, said, average="micro")),
                                  pytest.approx(f1_score(truth, said, average="macro")))  # fmt: skip
    top = scores.argmax(axis=1)
    assert found.hits[0].inputs.value == pytest.approx(truth[np.arange(60), top].mean())
    assert figures(found)["mAP"] == pytest.approx(np.mean(each))


def test_ties_of_average_precision_by_hand():
    scores = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, -np.inf]])
    truth = np.array([[True, False], [False, True], [False, False]])
    assert average_precisions(scores, truth) == pytest.approx([0.5, 0.5])


def test_kinship_and_distances_by_hand(tmp_path):
    path = tmp_path / "tree.ttl"
    names = [("thing", []), ("animal", ["thing"]), ("dog", ["animal"]), ("pug", ["dog"]), ("hound", ["dog"]),
             ("cat", ["animal"]), ("siamese", ["cat"]), ("rock", ["thing"]), ("granite", ["rock"]), ("alone", [])]
    disjoint = ":animal owl:disjointWith :rock .\n"
    path.write_text(PREFIXES + "\n".join(block(name, above, name) for name, above in names) + disjoint)
    graph = build_graph(read_ontology(path))
    iri = {name: graph.find(name) for name, _ in names}
    kin = Kinship(graph)
    relations = {("pug", "pug"): "right", ("pug", "dog"): "below", ("dog", "pug"): "above", ("hound", "pug"): "sibling",
                 ("siamese", "pug"): "same branch", ("granite", "pug"): "elsewhere", ("alone", "pug"): "elsewhere"}
    assert {pair: kin.relation(iri[pair[0]], iri[pair[1]]) for pair in relations} == relations
    steps, nearest = distances(graph, [iri["dog"]])
    away = {name: int(steps[graph.index[iri[name]]]) for name, _ in names}
    assert away == {"dog": 0, "pug": 1, "hound": 1, "animal": 1, "cat": 2, "thing": 2, "siamese": 3, "rock": 3,
                    "granite": 4, "alone": -1}  # fmt: skip
    assert nearest[graph.index[iri["pug"]]] == graph.index[iri["dog"]]
    apart = Disjointness(graph)
    assert apart(iri["pug"], iri["granite"])
    assert not apart(iri["pug"], iri["siamese"])


def test_bits_come_back():
    right = np.random.default_rng(0).random(37) < 0.4
    assert np.array_equal(unpacked_bits(packed_bits(right), 37), right)
