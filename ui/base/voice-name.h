/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How voices are called in the window. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): "af_heart" is an American woman called Heart; an own voice has its name. */
char *hs_voice_describe (const char *name);

G_END_DECLS
