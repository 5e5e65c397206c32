"""The public GBU features: ``res101.mat`` with its ``att_splits.mat``, checked, and written as a folder to train on."""

from __future__ import annotations

from kgzsl.gbu.folder import write_gbu as write_gbu
from kgzsl.gbu.load import Gbu as Gbu
from kgzsl.gbu.load import load_gbu as load_gbu
