# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong with input, a server, a disk: shown to the user as one line."""


class ModelError(Exception):
    pass
