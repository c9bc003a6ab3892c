/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which lines of a long recording a question is about, when not all of them fit the context.
 *
 * Lines are scored by the words they share with the question, rare words counting more (BM25,
 * Robertson & Zaragoza 2009); words are runs of letters without case, and single characters in
 * scripts that write without spaces. Chosen lines bring their neighbours. Pure functions.
 */

#pragma once

#include "app/hearing.h"

G_BEGIN_DECLS

/* costs: positions that each segment takes; budget: positions there are. (transfer full): one
 * gboolean per segment. Lines are taken by score, each with the line before and after it; where
 * nothing matches, evenly over the recording. */
gboolean *app_passages_select (const AppHearing *hearing, const char *question, const int *costs,
                               int budget);

G_END_DECLS
