"""The command line: each module a group of verbs, each verb a thin face of the library."""
