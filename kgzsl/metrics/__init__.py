"""Numbers that say how good answers are."""

from kgzsl.metrics.counting import Hit as Hit
from kgzsl.metrics.counting import balance as balance
from kgzsl.metrics.counting import by_class as by_class
from kgzsl.metrics.counting import harmonic as harmonic
from kgzsl.metrics.counting import hit_at as hit_at
from kgzsl.metrics.counting import interval as interval
from kgzsl.metrics.counting import ranks as ranks
from kgzsl.metrics.curve import Balance as Balance
from kgzsl.metrics.curve import Curve as Curve
from kgzsl.metrics.curve import class_weights as class_weights
from kgzsl.metrics.curve import seen_unseen_curve as seen_unseen_curve
from kgzsl.metrics.hierarchical import accuracy_information as accuracy_information
from kgzsl.metrics.hierarchical import auroc as auroc
from kgzsl.metrics.hierarchical import hierarchical_precision as hierarchical_precision
from kgzsl.metrics.hierarchical import meeting_height as meeting_height
from kgzsl.metrics.hubs import Change as Change
from kgzsl.metrics.hubs import HubChange as HubChange
from kgzsl.metrics.hubs import HubReport as HubReport
from kgzsl.metrics.hubs import alike as alike
from kgzsl.metrics.hubs import hub_change as hub_change
from kgzsl.metrics.hubs import hub_report as hub_report
from kgzsl.metrics.hubs import hubness as hubness
from kgzsl.metrics.reliability import Reliability as Reliability
from kgzsl.metrics.reliability import brier as brier
from kgzsl.metrics.reliability import log_loss as log_loss
from kgzsl.metrics.reliability import reliability as reliability
