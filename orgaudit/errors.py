"""Every error that orgaudit raises on purpose.

    OrgauditError
    ├── ConfigError      what the user wrote cannot be used                     exit 2
    ├── AccessError      nothing can be audited: credentials, organization      exit 3
    ├── OutputError      the output folder or disk refuses                      exit 3
    ├── BundleError      a bundle or workbook that came back cannot be read     exit 2
    ├── SchemaError      a frame lacks what its schema promises: our own bug    exit 1 with a traceback
    ├── DeliveryError    a report could not be handed over                      exit 5
    └── UnfinishedError  the run was interrupted; its bundle can be resumed     exit 130

A message says what is wrong, where, and what to do next. A refused AWS call inside a run is data (a row of the
call ledger), never an exception.
"""

import errno


class OrgauditError(Exception):
    """Base of all errors that carry a message for the user."""


class ConfigError(OrgauditError):
    """The configuration, or an argument, cannot be used."""


class AccessError(OrgauditError):
    """Nothing could be audited: no credentials, no organization, no account reached."""


class OutputError(OrgauditError):
    """A folder or file cannot be written."""


class BundleError(OrgauditError):
    """A bundle, or a workbook that belongs to one, cannot be read or used."""


def cannot_write(path: object, error: OSError) -> OutputError:
    """The error for a file or folder that the system will not let us write, with what to do about it."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    advice = "free some space, or name another folder" if full else "see who may write there, or name another folder"
    return OutputError(f"{path}: cannot be written: {error.strerror or error}; {advice}")


class SchemaError(OrgauditError):
    """A frame does not have the columns or types that its schema promises."""


class DeliveryError(OrgauditError):
    """A report could not be delivered."""


class UnfinishedError(OrgauditError):
    """The run was interrupted and left a bundle that can be resumed."""
