"""The finding codes, and the module of each."""

from __future__ import annotations

CHECKS = {
    "E00": "kgzsl.checks.unreadable",
    "E01": "kgzsl.checks.unknown_parent",
    "E02": "kgzsl.checks.cycle",
    "E03": "kgzsl.checks.class_twice",
    "E04": "kgzsl.checks.attribute_range",
    "W01": "kgzsl.checks.no_path_to_seen",
    "W02": "kgzsl.checks.duplicate_label",
    "W03": "kgzsl.checks.disjoint_ancestors",
    "W04": "kgzsl.checks.contradiction",
    "W05": "kgzsl.checks.unknown_attribute",
    "W06": "kgzsl.checks.unknown_relation",
    "W07": "kgzsl.checks.unknown_term",
    "W08": "kgzsl.checks.unknown_target",
    "W09": "kgzsl.checks.island",
    "W10": "kgzsl.checks.same_description",
    "W11": "kgzsl.checks.constant_attribute",
    "W12": "kgzsl.checks.missing_label",
    "W13": "kgzsl.checks.undescribed",
    "W14": "kgzsl.checks.unsatisfiable",
    "W15": "kgzsl.checks.deprecated",
    "W16": "kgzsl.checks.near_label",
    "W17": "kgzsl.checks.unresolved_import",
    "W18": "kgzsl.checks.unknown_code",
    "I01": "kgzsl.checks.missing_gloss",
    "I02": "kgzsl.checks.similar_label",
    "I03": "kgzsl.checks.foreign_label",
    "S01": "kgzsl.checks.shapes",
    "S02": "kgzsl.checks.shapes",
    "S03": "kgzsl.checks.shapes",
}
"""Catalogue: code → module with ``check(context)``. E is refused by ``update``, W and I are told; S comes of shapes."""
