"""One protocol a file; :mod:`kgzsl.evaluate.catalogue` lists them."""
