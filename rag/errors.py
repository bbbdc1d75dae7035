"""Everything that Softstart raises on purpose.

    SoftstartError
    ├── SettingsError      a setting is unknown or has a value that cannot work
    ├── KnowledgeError     a note or a data file is broken: file, line, what, and what to do
    ├── InputError         what was typed or handed over cannot be used
    ├── ModelUnavailable   the embedding or chat model is not where the settings say
    ├── IndexMissing       there is no finished index yet
    └── StoreUnavailable   the index cannot be opened, read or written

Each message is one line: what happened, where, and the next thing to do. The command line prints
it and exits with status 2; the app shows it on a card.
"""


class SoftstartError(Exception):
    """The root: catch this to catch everything that Softstart raises on purpose."""


class SettingsError(SoftstartError):
    """A setting is unknown, or its value cannot work."""


class KnowledgeError(SoftstartError):
    """A note or a data file is broken."""


class InputError(SoftstartError):
    """What was typed or handed over cannot be used."""


class ModelUnavailable(SoftstartError):
    """The embedding model or the chat model cannot be used."""


class IndexMissing(SoftstartError):
    """There is no finished index yet."""


class StoreUnavailable(SoftstartError):
    """The index cannot be opened, read or written."""
