/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the engine is doing, in words. Pure functions. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full). stage: as docs/engine.md names it, or NULL before there is one; seconds_left
 * below 0: not known. */
char *hs_stage_describe (const char *stage, double seconds_left);
/* (transfer full): "2 minutes left". */
char *hs_time_describe_left (double seconds);
/* (transfer full): "1:05", "1:02:03". */
char *hs_time_format (double seconds);

G_END_DECLS
