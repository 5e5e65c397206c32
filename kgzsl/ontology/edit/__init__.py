"""Edits of ontology files that change what they are to change and leave every other byte as it is."""

from kgzsl.ontology.edit.adding import add_class
from kgzsl.ontology.edit.changing import move, rename, rename_id
from kgzsl.ontology.edit.plan import Plan
from kgzsl.ontology.edit.removing import remove

__all__ = ["Plan", "add_class", "move", "remove", "rename", "rename_id"]
