import pytest

from tests.explain.counterfactual import zoo


@pytest.fixture(scope="package")
def animals(tmp_path_factory):
    """The zoo as it should be: (engine, features, paths); do not edit its files."""
    paths = zoo.write(tmp_path_factory.mktemp("zoo"))
    given = zoo.features(paths)
    return zoo.train(paths, given), given, paths
