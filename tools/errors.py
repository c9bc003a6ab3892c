# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with input, a server, a disk: shown to the user as one line."""


class ModelError(Exception):
    """kind, for whoever reads --json: "format", "catalogue", "download", "offline" (a download that
    reached nobody), "checksum" or "disk"."""

    def __init__(self, message, kind="format"):
        super().__init__(message)
        self.kind = kind
