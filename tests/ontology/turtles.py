"""Random Turtle files: any layout, any comments, any quoting, and what cannot be seen from the facts."""

from hypothesis import strategies as st

PREFIXES = (
    "@prefix owl: <http://www.w3.org/2002/07/owl#> .{nl}@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .{nl}"
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>{nl}@prefix kg: <https://w3id.org/kgzsl/ns#> .{nl}"
    "@prefix : <http://zoo.example/> . # the zoo; its prefix is empty{nl}@base <http://zoo.example/> .{nl}"
    "@prefix att: <https://w3id.org/kgzsl/attribute/> .{nl}"
)
SPACES = (" ", "\n    ", "\n\t", "  ", "\n\n  ", " # a ; b . \"c\" <d> 'e'\n    ", "\n# :c0 a owl:Class .\n  ")
GAPS = ("\n", "\n\n", "\n\n\n", " ", "\n# between: :c1 [ ; ] .\n", "   # end of line\n", "\n\n# \"\"\" no string\n\n")
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)


def plain(text):
    """Write a string in double quotes."""
    for old, new in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(old, new)
    return f'"{text}"'


def long(text):
    """Write a string in three quotes, line ends as they are."""
    return '"""' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r") + '"""'


@st.composite
def files(draw):
    """Return (text, number of classes): classes ``:c0`` … with labels ``name 0`` …, in a tree under ``:c0``."""
    nl = draw(st.sampled_from(["\n", "\r\n"]))
    count = draw(st.integers(2, 5))
    parts = [PREFIXES.format(nl="\n")]
    for k in range(count):
        parts += [draw(st.sampled_from(GAPS)), draw(statements(k))]
    parts.append(draw(st.sampled_from(["", "\n", "\n\n", " # done", "\n# done\n"])))
    return "".join(parts).replace("\n", nl), count


@st.composite
def statements(draw, k):
    """Return one class as one block or as several."""
    sp = lambda: draw(st.sampled_from(SPACES))  # noqa: E731
    iri = draw(st.sampled_from([f":c{k}", f"<http://zoo.example/c{k}>", f"<c{k}>"]))
    quote = draw(st.sampled_from([plain, long]))
    label = draw(st.sampled_from([f'"name {k}"@en', f"'name {k}'@en", f'"name {k}"']))
    pairs = [f"a{sp()}owl:Class", f"skos:prefLabel{sp()}{label}"]
    glosses = draw(st.lists(TEXTS, max_size=2))
    pairs += [f"skos:definition{sp()}{quote(gloss)}" for gloss in glosses]
    others = draw(st.lists(st.sampled_from(["x", "y;", "z."]), unique=True, max_size=3))
    if others:
        pairs.append(f"skos:altLabel{sp()}" + f"{sp()},{sp()}".join(f'"{o} {k}"@en' for o in others))
    if k:
        parents = draw(st.lists(st.integers(0, k - 1), unique=True, min_size=1, max_size=2))
        pairs.append(f"rdfs:subClassOf{sp()}" + f"{sp()},{sp()}".join(f":c{p}" for p in parents))
    if draw(st.booleans()):
        pairs.append(f"rdfs:subClassOf{sp()}[{sp()}a owl:Restriction ;{sp()}owl:onProperty kg:hasPart ;"
                     f" owl:someValuesFrom :c0{sp()}]")  # fmt: skip
    if draw(st.booleans()):
        pairs.append(f"att:big{sp()}{draw(st.sampled_from(['0.5', '1', '5e-1', '.25']))}")
    if draw(st.integers(0, 3)) == 0:
        return f"{sp()}.\n".join(f"{iri}{sp()}{pair}" for pair in pairs) + " ."
    end = draw(st.sampled_from([" .", ".", " ;\n.", f"{SPACES[5]}."])) if pairs[-1][-1] not in "0123456789" else " ."
    return iri + sp() + f"{draw(st.sampled_from(['', ' ']))};{sp()}".join(pairs) + end
