"""docs/checks.md says what the code says."""

import runpy

from kgzsl.checks import CHECKS


def test_the_page_is_what_the_script_writes(root):
    made = runpy.run_path(str(root / "scripts/document_checks.py"))["page"]()
    assert (root / "docs/checks.md").read_text() == made, "run scripts/document_checks.py"
    for code in CHECKS:
        assert f"## {code}\n" in made
        assert f"({'../tests/data/checks/' + code}.ttl)" in made
