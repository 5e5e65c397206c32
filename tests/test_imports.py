"""Imports go one way, and the light commands stay light."""

import ast
import subprocess
import sys

LEVELS = [
    {"errors", "arrays", "timing", "whole"},
    {"options", "catalogue"},
    {"versions", "expansion", "input_map"},
    {"ontology", "bank", "features", "metrics", "folds", "data"},
    {"layers", "graph", "gbu"},
    {"semantics", "resolve", "checks"},
    {"propagation"},
    {"learners"},
    {"explain", "samples", "bundle", "asking", "rehearsing", "state", "effect", "editing"},
    {"adjusting", "streaming"},
    {"engine", "testing"},
    {"whatif", "watch"},
    {"diff"},
    {"training"},
    {"search"},
    {"ablation", "compare", "forecast"},
    {"evaluate"},
    {"__init__", "__version__"},
    {"cli"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}


def imports(tree):
    """Yield imported kgzsl modules, less those for type checking only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "kgzsl":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("kgzsl."))


def test_imports_go_one_way(root):
    wrong = []
    for path in sorted((root / "kgzsl").rglob("*.py")):
        own = path.relative_to(root / "kgzsl").parts[0].removesuffix(".py")
        for other in imports(ast.parse(path.read_text())):
            if other != own and LEVEL[other] >= LEVEL[own]:
                wrong.append(f"{path}: {own} imports {other}")
    assert not wrong


def loaded_by(code, root):
    """Return which heavy modules a fresh interpreter has loaded after running the code."""
    heavy = "torch", "torch_geometric", "gensim", "transformers", "sklearn"
    program = f"import sys\n{code}\nprint('LOADED', [m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    return done.stdout.rpartition("LOADED ")[2].strip()


def test_help_and_ontology_commands_never_load_torch(root):
    for words in (["--help"], ["graph", "stats"], ["graph", "show", "okapi"], ["graph", "paths", "okapi", "gazelle"],
                  ["check"], ["query", "ASK { ?s ?p ?o }"]):  # fmt: skip
        code = f"sys.argv = ['kgzsl', *{words}]\nfrom kgzsl.cli.app import main\n"
        code += "try:\n    main()\nexcept SystemExit: pass"
        assert loaded_by(code, root) == "[]", words
    assert loaded_by("import kgzsl", root) == "[]"


def test_files_and_functions_stay_small(root):
    long_files, long_functions = [], []
    for path in sorted((root / "kgzsl").rglob("*.py")):
        text = path.read_text()
        if len(text.splitlines()) > 300:
            long_files.append(str(path))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.body[-1].end_lineno - node.body[0].lineno > 55:
                long_functions.append(f"{path}: {node.name}")
    assert not long_files
    assert not long_functions
