"""Every error that mvl_classify raises on purpose.

    MvlClassifyError
    ├── InputError       a text, file, option or policy that cannot be used (also a ValueError)
    │   └── EncodingError    bytes that are not text in the encoding asked for
    ├── CorpusError      labelled rows that break the corpus' rules
    ├── ModelError       a model folder that is missing, damaged or of another format
    └── DependencyError  an optional package that a feature needs is not installed
"""

from __future__ import annotations

__all__ = ["CorpusError", "DependencyError", "EncodingError", "InputError", "ModelError", "MvlClassifyError"]


class MvlClassifyError(Exception):
    """The root: catching it catches every mistake that this package reports."""


class InputError(MvlClassifyError, ValueError):
    """What the user gave cannot be used; the message names the value, the place and the remedy."""


class EncodingError(InputError):
    """The bytes of a file are not text in the encoding that was asked for."""


class CorpusError(MvlClassifyError):
    """A labelled file breaks the rules of the corpus; the message names file and line."""


class ModelError(MvlClassifyError):
    """A model folder is missing, damaged, or written in a format this version does not read."""


class DependencyError(MvlClassifyError, ImportError):
    """A feature needs an optional package; the message names the extra that installs it."""
