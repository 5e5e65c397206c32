"""Conformance cases that every learner, reader and adjuster must pass, and small worlds to run them in.

Nothing here needs an encoder, a network or shared data, so that a plug-in can test itself with it.
"""

from kgzsl.testing.adjusters import check_adjuster as check_adjuster
from kgzsl.testing.adjusters import check_decider as check_decider
from kgzsl.testing.learners import CLOSE as CLOSE
from kgzsl.testing.learners import QUICK as QUICK
from kgzsl.testing.learners import check_learner as check_learner
from kgzsl.testing.readers import check_reader as check_reader
from kgzsl.testing.recovery import Problem as Problem
from kgzsl.testing.recovery import check_recovers as check_recovers
from kgzsl.testing.recovery import hits as hits
from kgzsl.testing.recovery import synthetic_problem as synthetic_problem
from kgzsl.testing.worlds import PREFIXES as PREFIXES
from kgzsl.testing.worlds import HashSource as HashSource
from kgzsl.testing.worlds import attribute_facts as attribute_facts
from kgzsl.testing.worlds import attribute_space_of as attribute_space_of
from kgzsl.testing.worlds import block as block
from kgzsl.testing.worlds import labelled_features as labelled_features
from kgzsl.testing.worlds import nearest_label as nearest_label
from kgzsl.testing.worlds import recipe_of as recipe_of
from kgzsl.testing.worlds import seen_bank as seen_bank
from kgzsl.testing.worlds import shuffled as shuffled
from kgzsl.testing.worlds import space_of as space_of
from kgzsl.testing.worlds import synthetic_features as synthetic_features
from kgzsl.testing.worlds import world as world
