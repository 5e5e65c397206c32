"""Hostile files for every reader: attacks that fit any syntax, and those that one syntax alone invites."""

import gzip
import io
import json
import tarfile
import zipfile

N = 50_000
LONG = 10_000_000
TURTLE = (
    "@prefix : <http://e/> . @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix kg: <https://w3id.org/kgzsl/> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
)
TOOK = "http://127.0.0.1:9/taken"
"""An address that nothing may ask."""

HEADS = {
    "rdf": ("a.ttl", TURTLE + ":a a owl:Class ; rdfs:label "), "json": ("a.json", '{"@context": {}, "@id": '),
    "owl": ("a.ofn", "Prefix(:=<http://e/>)\nOntology(<http://e/o>\nDeclaration(Class(:a))\nSubClassOf(:a "),
    "owl-sniffed": ("a.owl", '<Ontology xmlns="http://www.w3.org/2002/07/owl#">'),
    "obo": ("a.obo", "format-version: 1.2\n\n[Term]\nid: X:1\nname: "), "table": ("a.csv", "class,http://e/a\nhttp://e/c,"),
    "edges": ("edges_a.csv", "source,relation,target\nhttp://e/a,label,"),
    "sssom": ("a.sssom.tsv", "#curie_map: {a: "), "endpoint": ("a.endpoint.toml", f'url = "{TOOK}"\nquery = '),
    "conceptnet": ("edges.csv", "start_id,relation_id,end_id\n0,0,"), "lmf": ("a_lmf.xml", "<LexicalResource>"),
    "wndb": ("data.noun", "00001740 03 n 01 entity 0 000 | "), "parquet": ("a.parquet", "PAR1"),
    "matlab": ("a.mat", "MATLAB 5.0 MAT-file" + " " * 105 + "\x00\x01IM"),
}  # fmt: skip
"""Reader → a file's name and its beginning; an attack is put where the beginning ends."""

ATTACKS = {
    "nothing": b"", "nul": b"\0" * 1000, "not-utf8": b"caf\xe9\xff\xfe", "round": b"(" * N, "square": b"[" * N,
    "curly": b"{" * N, "tags": b"<a>" * N, "quotes": b'"' * N, "angles": b"<<" * N, "table": b'{"a":' * N,
    "escape": b'"\x1b[2J\x1b]0;x\x07" .\n', "long": b"x" * (LONG // 10),
    "long-text": b'"' + b"x" * (LONG // 3) + b'" .\n',
    "digits": b"9" * N, "dots": b"a." * N, "newlines": b"\r\n" * N, "backslashes": b'"' + b"\\" * N,
}  # fmt: skip


def of_every_reader():
    """Return reader → {path: content}: each attack behind the beginning of a file that the reader takes."""
    return {
        reader: {f"{reader}-{attack}/{name}": head.encode("latin1") + content for attack, content in ATTACKS.items()}
        for reader, (name, head) in HEADS.items()
    }


def xml(kind, doctype="", inside="z"):
    """Return an XML document of RDF, OWL or WN-LMF."""
    roots = {
        "rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="http://e/a">'
               '<p xmlns="http://e/">{}</p></rdf:Description></rdf:RDF>',
        "owx": '<Ontology xmlns="http://www.w3.org/2002/07/owl#">{}</Ontology>',
        "lmf": "<LexicalResource>{}</LexicalResource>",
    }  # fmt: skip
    return f'<?xml version="1.0"?>\n{doctype}\n{roots[kind].format(inside)}'


def of_xml():
    """Return {path: (content, words of the error)}."""
    bomb = "<!DOCTYPE r [<!ENTITY a0 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY a{k} '{f'&a{k - 1};' * 10}'>" for k in range(1, 10)) + "]>"  # fmt: skip
    found = {}
    refused = "refuses"
    for kind, name in {"rdf": "a.rdf", "owx": "a.owx", "lmf": "a.xml"}.items():
        found[f"bomb-{kind}/{name}"] = xml(kind, bomb, "&a9;"), refused
        outside = "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        found[f"outside-{kind}/{name}"] = xml(kind, outside, "&x;"), refused
        found[f"web-{kind}/{name}"] = xml(kind, f"<!DOCTYPE r [<!ENTITY x SYSTEM '{TOOK}'>]>", "&x;"), refused
        parameter = f"<!DOCTYPE r [<!ENTITY % x SYSTEM '{TOOK}'> %x;]>"
        found[f"parameter-{kind}/{name}"] = xml(kind, parameter), refused
        blown = f"<!DOCTYPE r [<!ENTITY x '{'A' * N}'>]>"
        found[f"blown-{kind}/{name}"] = xml(kind, blown, "&x;" * 10_000), "amplification"
        found[f"encoding-{kind}/{name}"] = xml(kind).replace("?>", ' encoding="utf-7"?>', 1), "cannot be decoded"
    for kind, name in {"rdf": "a.owl", "owx": "a.owx"}.items():
        found[f"deep-{kind}/{name}"] = xml(kind, "", "<a>" * N), "more than 500 XML elements inside each other"
    return {path: (content.encode(), words) for path, (content, words) in found.items()}


def of_nesting():
    """Return {path: (content, words of the error, or None where it is read)}: deep, yet well-formed."""
    frame = "Prefix: : <http://e/>\nOntology: <http://e/o>\nClass: :b\nClass: :a\n SubClassOf: "
    functional = "Prefix(:=<http://e/>)\nOntology(<http://e/o>\nSubClassOf(:a "
    deep = "expressions nested more than 100 deep"
    found = {
        "blank.ttl": (TURTLE + ":a :p " + "[ :p " * (N // 2) + ":b" + " ]" * (N // 2) + " .", None),
        "list.ttl": (TURTLE + ":a rdfs:subClassOf " + "( " * (N // 2) + ":b" + " )" * (N // 2) + " .", None),
        "union.ttl": (TURTLE + ":a a owl:Class ; rdfs:subClassOf " + "[ owl:unionOf ( :b " * 3000 + ":b" + " ) ]" * 3000
                      + " .", None),
        "deep.ofn": (functional + "ObjectSomeValuesFrom(:p " * N + ":b" + ")" * N + "))", deep),
        "deep.omn": (frame + "(" * N + ":b" + ")" * N, deep), "some.omn": (frame + ":p some " * N + ":b", deep),
        "not.omn": (frame + "not " * N + ":b", "syntax error"),
        "and.omn": (frame + " and ".join([":b"] * 5_000), None),
        "deep.jsonld": ('{"@id": "http://e/a", "http://e/p": ' * N + "1" + "}" * N, "more than 500 braces"),
    }  # fmt: skip
    return {path: (content.encode(), words) for path, (content, words) in found.items()}


def of_links():
    """Return {path: (content, words of the error, or None where it is read)}: what asks to fetch something."""
    remote = "a remote JSON-LD context is refused"
    contexts = {"plain": TOOK, "import": {"@version": 1.1, "@import": TOOK}, "file": "file:///etc/passwd",
                "scoped": {"@version": 1.1, "http://e/t": {"@id": "http://e/t", "@context": TOOK}}}  # fmt: skip
    found = {f"{name}.jsonld": (json.dumps({"@context": context, "@id": "http://e/a", "http://e/t": {"@id": "http://e/b"}}),
                                remote) for name, context in contexts.items()}  # fmt: skip
    imports = f"<http://e/o> a owl:Ontology ; owl:imports <{TOOK}>, <file:///etc/passwd> . :a a owl:Class ."
    return {path: (content.encode(), words) for path, (content, words) in (found | {
        "import.ttl": (TURTLE + imports, None), "dtd.rdf": (xml("rdf", f'<!DOCTYPE r SYSTEM "{TOOK}">'), None),
        "import.obo": (f"format-version: 1.2\nimport: {TOOK}\n\n[Term]\nid: X:1\nname: a\n", None),
        "import.ofn": (f"Ontology(<http://e/o>\nImport(<{TOOK}>)\nDeclaration(Class(<http://e/a>)))", None),
        "service.endpoint.toml": ('url = "file:///etc/passwd"\n', "no address of a SPARQL endpoint"),
        "python.sssom.tsv": ("#curie_map: !!python/object/apply:os.system ['true']\nsubject_id\n", "not YAML"),
    }).items()}  # fmt: skip


def of_archives():
    """Return {path: (content, words of the error)}."""
    content = TURTLE + ":a a owl:Class ."
    link = zipfile.ZipInfo("l.ttl")
    link.external_attr = 0o120777 << 16
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../x.ttl"), io.BytesIO(b""))
    out = "leads out of its folder"
    return {
        "up.zip": (zipped("../../x.ttl", content), out), "root.zip": (zipped("/tmp/x.ttl", content), out),
        "drive.zip": (zipped("C:\\x.ttl", content), out), "link.zip": (zipped(link, "/etc/passwd"), "is a link"),
        "up.tar": (tar.getvalue(), out), "cut.zip": (zipped("a.ttl", content)[:-30], "broken"),
        "bomb.ttl.gz": (gzip.compress(b"#" * 100_000_000, 9), "decompression bombs"),
        "bomb.zip": (zipped("a.ttl", "#" * 100_000_000), "decompression bombs"),
        "bad.ttl.xz": (b"\xfd7zXZ\xff", "broken"),
        "escape.zip": (zipped("a\x1b[2J\n.ttl", "junk"), "syntax error"),
    }  # fmt: skip


def zipped(name, content):
    """Return a zip file with one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
