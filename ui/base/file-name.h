/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* (transfer full): the last part of where it is, as text; the whole address, where that is none. */
char *hs_file_show_name (GFile *file);
