"""Every code has a bad file, and finds what is wrong in it, on its line, and nothing else."""

import pytest

from kgzsl.checks import CHECKS, severity_of
from kgzsl.checks.titles import about
from tests.checks.bad_files import FILES, FOLDER, examined, expected


def test_every_code_has_a_bad_file_a_title_and_a_severity():
    assert list(FILES) == sorted(CHECKS)
    for code in CHECKS:
        assert about(code).title, code
        assert about(code).text.count("\n\n") >= 1, f"{code}: say why it matters, and what to do"
        assert severity_of(code) in ("error", "warning", "info")


@pytest.mark.parametrize("code", FILES)
def test_a_bad_file_gives_its_code_at_its_line(code):
    wanted, found = expected(FILES[code]), examined(FILES[code])
    assert code in {name for name, _ in wanted.findings}
    got = {(f.code, f.line) for f in found}
    assert wanted.findings <= got, [str(f) for f in found]
    assert {name for name, _ in got - wanted.findings} <= wanted.allowed, [str(f) for f in found]
    assert {f.file for f in found} == {str(FILES[code])}
    assert all(f.message and f.severity == severity_of(f.code) for f in found)


def test_a_good_file_gives_nothing():
    assert examined(FOLDER / "good.ttl") == []
