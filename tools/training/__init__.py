# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns the heads that stand in data/weights; tools/train is its command."""
