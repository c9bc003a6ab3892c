/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where a long text falls into parts: between lines after which it speaks of something else.
 *
 * As TextTiling (Hearst 1997) does, the lines before and after each gap are compared; a gap in a
 * valley of similarity is a boundary. Which ones are taken together is decided over the whole text
 * by dynamic programming, so that no part is too long to be read at once. Pure functions.
 *
 *   g_autoptr (GArray) starts = app_parts_find (costs, similarities, n_lines, 1500);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* costs: what each of n lines takes; similarities: how much what stands before line i is like what
 * stands from it on, the first is not used; max_cost: of a part, unless it is a single line.
 * (transfer full): a GArray of guint, the first line of each part; empty if n is 0. */
GArray *app_parts_find (const int *costs, const float *similarities, guint n, int max_cost);

G_END_DECLS
